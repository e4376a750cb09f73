/** Modules against PyTorch: text, keys, outputs, gradients, buffers, evaluation (tools/golden/modules.py). */
import { beforeAll, describe, expect, test } from 'vitest';
import { init } from '../../src/index.ts';
import { testDevice } from '../device.ts';
import { checkModule } from './check.ts';
import type { Layer, LayerTable } from './db/kit.ts';

const goldens = import.meta.glob<readonly Layer[]>('../golden/layers/*.json', { eager: true, import: 'layers' });
const tables = import.meta.glob<LayerTable>(['./db/*.ts', '!./db/kit.ts'], { eager: true, import: 'layers' });
const familyOf = (path: string): string => path.replace(/^.*\/|\.\w+$/g, '');
const modules = new Map(Object.entries(tables).map(([path, table]) => [familyOf(path), table]));

beforeAll(() => init({ device: testDevice }));

for (const [path, layers] of Object.entries(goldens)) {
  const family = familyOf(path);
  const table = modules.get(family) ?? {};
  describe(family, () => {
    test('has a layer for every golden, and none besides', () => {
      expect(Object.keys(table)).toEqual(layers.map(({ name }) => name));
    });
    test.each(layers.map((layer) => [layer.name, layer] as const))('%s', async (name, layer) => {
      await checkModule(table[name]!(), layer);
    });
  });
}
