/** Shader text to pipelines, each text once, compiled in parallel; bind group layouts by signature. */
import { LumigradError } from '../../core/errors.ts';
import type { BackendStats } from '../backend.ts';
import { stageCompute } from './flags.ts';
import type { Dispatch } from './kernels/types.ts';

export interface Pipeline {
  /** Null until it is compiled. */
  gpu: GPUComputePipeline | null;
  /** Why it could not be compiled. */
  error: Error | null;
  readonly bindGroupLayout: GPUBindGroupLayout;
  readonly source: string;
  /** Dispatches of live plans that use it. */
  users: number;
}

/** Pipelines that no plan uses any more are kept for the next one that does, up to this many. */
const keptUnused = 256;

interface Layouts {
  readonly group: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
}

/** True when a shader reads dynamic scalars, which memory.ts declares in group 1. */
export function readsScalars(source: string): boolean {
  return source.includes('@group(1)');
}

export class Pipelines {
  private readonly device: GPUDevice;
  private readonly stats: BackendStats;
  private readonly settled: () => void;
  private readonly bySource = new Map<string, Pipeline>();
  /** Without users, longest unused first. */
  private readonly unused = new Set<Pipeline>();
  private readonly bySignature = new Map<string, Layouts>();
  /** One uniform block with a dynamic offset. */
  readonly scalarLayout: GPUBindGroupLayout;

  /** `settled` is called whenever a pipeline is ready or has failed. */
  constructor(device: GPUDevice, stats: BackendStats, settled: () => void) {
    this.device = device;
    this.stats = stats;
    this.settled = settled;
    this.scalarLayout = device.createBindGroupLayout({
      label: 'scalars',
      entries: [{ binding: 0, visibility: stageCompute, buffer: { type: 'uniform', hasDynamicOffset: true } }],
    });
  }

  /** The pipeline of a dispatch, compiled or about to be; to be released by its user. */
  acquire({ source, label, bindings }: Dispatch): Pipeline {
    const known = this.bySource.get(source);
    if (known !== undefined) {
      known.users++;
      this.unused.delete(known);
      return known;
    }
    const scalars = readsScalars(source);
    const layouts = this.layouts(
      `${bindings.map(({ access }) => (access === 'read' ? 'r' : 'w')).join('')}${scalars ? 's' : ''}`,
    );
    const pipeline: Pipeline = { gpu: null, error: null, bindGroupLayout: layouts.group, source, users: 1 };
    this.bySource.set(source, pipeline);
    void this.compile(pipeline, layouts.pipeline, source, label);
    return pipeline;
  }

  release(pipeline: Pipeline): void {
    if (--pipeline.users > 0) return;
    this.unused.add(pipeline);
    for (const oldest of this.unused) {
      if (this.unused.size <= keptUnused) return;
      this.unused.delete(oldest);
      this.bySource.delete(oldest.source);
    }
  }

  private layouts(signature: string): Layouts {
    let layouts = this.bySignature.get(signature);
    if (layouts === undefined) {
      const storage = signature.replace('s', '');
      const group = this.device.createBindGroupLayout({
        label: signature,
        entries: [...storage].map((access, binding) => ({
          binding,
          visibility: stageCompute,
          buffer: { type: access === 'r' ? ('read-only-storage' as const) : ('storage' as const) },
        })),
      });
      const bindGroupLayouts = signature.endsWith('s') ? [group, this.scalarLayout] : [group];
      layouts = { group, pipeline: this.device.createPipelineLayout({ label: signature, bindGroupLayouts }) };
      this.bySignature.set(signature, layouts);
    }
    return layouts;
  }

  private async compile(pipeline: Pipeline, layout: GPUPipelineLayout, source: string, label: string): Promise<void> {
    const { device } = this;
    // The module's error would otherwise arrive as an uncaptured one, without the source.
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ label, code: source });
    const scope = device.popErrorScope();
    this.stats.shaderModulesCreated++;
    this.stats.pipelinesCreated++;
    try {
      pipeline.gpu = await device.createComputePipelineAsync({
        label,
        layout,
        compute: { module, entryPoint: 'main' },
      });
    } catch (error) {
      pipeline.error = new LumigradError(await explain(label, source, module, error));
    }
    await scope.catch(() => null);
    this.settled();
  }
}

async function explain(label: string, source: string, module: GPUShaderModule, error: unknown): Promise<string> {
  const info = await module.getCompilationInfo().catch(() => null);
  const messages =
    info?.messages.filter((m) => m.type === 'error').map((m) => `${m.lineNum}:${m.linePos} ${m.message}`) ?? [];
  const numbered = source.split('\n').map((line, i) => `${String(i + 1).padStart(4)} ${line}`);
  const why = messages.length > 0 ? messages.join('\n') : error instanceof Error ? error.message : String(error);
  return `the shader of '${label}' does not compile: ${why}\n${numbered.join('\n')}`;
}
