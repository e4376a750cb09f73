/** makeDot(): text that Graphviz reads, with the tape as PyTorch draws it. */
import { instance } from '@viz-js/viz';
import { beforeAll, expect, test } from 'vitest';
import { checkpoint } from '../../src/func/index.ts';
import { init, ones, randn, type Tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { makeDot } from '../../src/vis/index.ts';

beforeAll(() => init({ device: 'cpu' }));

interface Graph {
  readonly objects: readonly { readonly _gvid: number; readonly label: string; readonly fillcolor: string }[];
  readonly edges?: readonly { readonly tail: number; readonly head: number; readonly style?: string }[];
}

/** What Graphviz makes of it: labels, and edges between them. */
async function read(dot: string): Promise<{ labels: string[]; edges: string[]; graph: Graph }> {
  const graph = (await instance()).renderJSON(dot) as Graph;
  const label = (id: number): string => graph.objects.find(({ _gvid }) => _gvid === id)!.label;
  const edges = (graph.edges ?? []).map(({ tail, head }) => `${label(tail)} > ${label(head)}`);
  return { labels: graph.objects.map((o) => o.label), edges: edges.sort(), graph };
}

test('shows leaves with names and shapes, and ops as PyTorch names them', async () => {
  const model = new nn.Linear(3, 2);
  const { labels, edges } = await read(
    makeDot(
      model
        .forward(randn([4, 3]))
        .relu()
        .sum(),
      { params: model },
    ),
  );
  expect(labels).toEqual(expect.arrayContaining(['()', 'SumBackward0', 'ReluBackward0', 'AddmmBackward0']));
  expect(edges).toContain('weight\\n(2, 3) > AccumulateGrad');
  expect(edges).toContain('bias\\n(2) > AccumulateGrad');
  expect(edges).toContain('ReluBackward0 > SumBackward0');
  expect(edges).toContain('SumBackward0 > ()');
});

test('draws what is used twice once, and what is saved on demand', async () => {
  const w = ones([2], { requiresGrad: true });
  const y = w.exp();
  const loss = y.mul(y).sum();
  const plain = await read(makeDot(loss, { params: { w } }));
  expect(plain.labels.filter((l) => l === 'ExpBackward0')).toHaveLength(1);
  expect(plain.edges.filter((e) => e === 'ExpBackward0 > MulBackward0')).toHaveLength(2);
  expect(plain.graph.objects.map((o) => o.fillcolor)).not.toContain('orange');
  const saved = await read(makeDot(loss, { params: { w }, showSaved: true }));
  expect(saved.graph.objects.map((o) => o.fillcolor)).toContain('orange');
  expect(saved.graph.edges!.some(({ style }) => style === 'dashed')).toBe(true);
});

test('takes several results, leaves, and tapes too deep for a call stack', async () => {
  const w = ones([2], { requiresGrad: true });
  const both = await read(makeDot([w.exp(), w.sin()], { params: [['w', w]] }));
  expect(both.labels.filter((l) => l === 'w\\n(2)')).toHaveLength(1);
  expect((await read(makeDot(w, { params: { w } }))).edges).toEqual(
    expect.arrayContaining(['AccumulateGrad > w\\n(2)']),
  );
  // Views: a tape without kernels.
  let deep: Tensor = ones([2, 2], { requiresGrad: true });
  for (let i = 0; i < 12_000; i++) deep = deep.t();
  expect(makeDot(deep).split('Backward0')).toHaveLength(12_001);
  expect((await read(makeDot(checkpoint((x: Tensor) => x.exp(), [w])))).labels).toContain('AccumulateGrad');
});

test('names cannot break out of their labels', async () => {
  const w = ones([1], { requiresGrad: true });
  const name = 'a"]; x [label="\\"\n<b>&\\N';
  const dot = makeDot(w.exp(), { params: { [name]: w } });
  const { labels, graph } = await read(dot);
  expect(graph.objects).toHaveLength(4);
  expect(labels.some((l) => l.includes('x [label='))).toBe(true);
});

test('what has no tape is refused', () => {
  expect(() => makeDot(ones([2]))).toThrow('does not require grad and does not have a grad_fn');
  expect(() => makeDot('x' as never)).toThrow();
  expect(() => makeDot(ones([2], { requiresGrad: true }), { param: {} } as never)).toThrow("did you mean 'params'");
});
