import { expect, test } from 'vitest';
import { testDevice } from './device.ts';

const SQUARE = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) { values[id.x] *= values[id.x]; }
`;

async function squares(adapter: GPUAdapter, input: number[]): Promise<number[]> {
  const device = await adapter.requestDevice();
  const size = input.length * 4;
  const buffer = device.createBuffer({
    size,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  });
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(buffer, 0, new Float32Array(input));
  const module = device.createShaderModule({ code: SQUARE });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const bindGroup = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer } }],
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(input.length / 4);
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const result = Array.from(new Float32Array(staging.getMappedRange().slice(0)));
  device.destroy();
  return result;
}

test('there is a WebGPU adapter, and it computes', async () => {
  expect(testDevice).toBe('webgpu');
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error('navigator.gpu.requestAdapter() gave none');
  const { vendor, architecture, description } = adapter.info;
  console.info(`WebGPU adapter: ${[vendor, architecture, description].filter(Boolean).join(', ')}`);
  expect(vendor).not.toBe('');
  expect(await squares(adapter, [0, 1, 2, -3])).toEqual([0, 1, 4, 9]);
});
