/** The tape as a picture: Graphviz's DOT. */
import { gradientEdge } from '../autograd/apply.ts';
import { AccumulateGrad } from '../autograd/backward.ts';
import type { Saved } from '../autograd/saved.ts';
import { OpNode } from '../autograd/tape.ts';
import type { BackwardNode, Var } from '../autograd/var.ts';
import { checkOptions, GradError, OptionError, wrongType } from '../core/errors.ts';
import { Module } from '../nn/module.ts';
import { Tensor } from '../tensor/tensor.ts';

/** Settings of {@link makeDot}. */
export interface MakeDotOptions {
  /** Names of leaves: a module, what its namedParameters() gives, or an object. */
  readonly params?: Module | Iterable<readonly [string, Tensor]> | Readonly<Record<string, Tensor>>;
  /** Show what is kept for backward, too. Default false. */
  readonly showSaved?: boolean;
}

/** Colours of torchviz: leaves, results, and what was saved of others. */
const colours = { leaf: 'lightblue', result: 'darkolivegreen1', saved: 'orange' } as const;

/**
 * The autograd graph of a tensor as DOT, in the look of torchviz: leaves in blue with names and shapes, ops as PyTorch names
 * them, the result in green. Feed the text to Graphviz; in a page to `@viz-js/viz`:
 * `(await instance()).renderSVGElement(makeDot(loss))`. Source: github.com/szagoruyko/pytorchviz.
 *
 * @throws GradError when the tensor does not hang on a tape.
 * @example
 * const w = tensor([2, 3], { dtype: 'float32', requiresGrad: true });
 * const dot = makeDot(w.exp().sum(), { params: { w } });
 * dot.includes('ExpBackward0'); // true
 * dot.includes('w\\n(2)'); // true
 */
export function makeDot(output: Tensor | readonly Tensor[], options: MakeDotOptions = {}): string {
  checkOptions('makeDot', options, ['params', 'showSaved']);
  const outputs: readonly Tensor[] = output instanceof Tensor ? [output] : output;
  const names = namesOf(options.params);
  const ids = new Map<unknown, number>();
  const lines: string[] = [];
  const draw = (key: unknown, label: string, colour?: string): number => {
    const id = ids.size;
    ids.set(key, id);
    lines.push(`  ${id} [label=${quoted(label)}${colour ? `, fillcolor=${colour}` : ''}]`);
    return id;
  };
  const drawVar = (v: Var, colour: string): number => {
    const name = names.get(v) ?? names.get(v.storage);
    const shape = `(${v.shape.join(', ')})`;
    return ids.get(v) ?? draw(v, name === undefined ? shape : `${name}\n${shape}`, colour);
  };
  // An explicit stack: a tape may be thousands of nodes deep.
  const todo: BackwardNode[] = [];
  const drawNode = (node: BackwardNode): number => {
    const known = ids.get(node);
    if (known !== undefined) return known;
    todo.push(node);
    return draw(node, node.name);
  };
  for (const tensor of outputs) {
    if (!(tensor instanceof Tensor)) wrongType('makeDot', 'output', 'a tensor or a list of tensors', tensor);
    const edge = gradientEdge(tensor.impl);
    if (!edge) throw new GradError('element 0 of tensors does not require grad and does not have a grad_fn');
    const id = drawVar(tensor.impl, colours.result);
    lines.push(`  ${drawNode(edge.node)} -> ${id}`);
  }
  while (todo.length > 0) {
    const node = todo.pop()!;
    const id = ids.get(node)!;
    if (node instanceof AccumulateGrad) lines.push(`  ${drawVar(node.variable, colours.leaf)} -> ${id}`);
    for (const edge of node.edges) if (edge) lines.push(`  ${drawNode(edge.node)} -> ${id}`);
    if (!options.showSaved || !(node instanceof OpNode)) continue;
    const saved = [...node.savedInputs, ...node.savedOutputs].filter((s): s is Saved => s !== null);
    for (const { source } of saved) lines.push(`  ${drawVar(source, colours.saved)} -> ${id} [style=dashed, dir=none]`);
  }
  return `digraph {\n${style}\n${lines.join('\n')}\n}`;
}

const style = [
  '  graph [rankdir=TB]',
  '  node [shape=box, style=filled, fillcolor=lightgrey, fontname=monospace, fontsize=10, height=0.2]',
].join('\n');

function namesOf(params: MakeDotOptions['params']): Map<unknown, string> {
  if (params === undefined || params === null) return new Map();
  if (typeof params !== 'object')
    throw new OptionError('makeDot: params must be a module, entries, or an object of tensors');
  const entries =
    params instanceof Module
      ? [...params.namedParameters(), ...params.namedBuffers()]
      : Symbol.iterator in params
        ? params
        : Object.entries(params);
  // A parameter may stand for memory that others show too.
  return new Map(
    [...(entries as Iterable<readonly [string, Tensor]>)].flatMap(([name, { impl }]): [unknown, string][] => [
      [impl, name],
      [impl.storage, name],
    ]),
  );
}

/** A string of DOT: quotes and backslashes would end it or mean something. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
