/** Models against PyTorch: text, keys, outputs and all gradients (tools/golden/models.py). */
import { beforeAll, describe, expect, test } from 'vitest';
import { init } from '../../src/index.ts';
import { testDevice } from '../device.ts';
import { checkModule } from '../nn/check.ts';
import type { Layer, LayerTable } from '../nn/db/kit.ts';

const goldens = import.meta.glob<readonly Layer[]>('../golden/models/*.json', { eager: true, import: 'models' });
const tables = import.meta.glob<LayerTable>('./db/*.ts', { eager: true, import: 'models' });
const nameOf = (path: string): string => path.replace(/^.*\/|\.\w+$/g, '');
const byName = new Map(Object.entries(tables).map(([path, table]) => [nameOf(path), table]));

beforeAll(() => init({ device: testDevice }));

for (const [path, models] of Object.entries(goldens)) {
  const table = byName.get(nameOf(path)) ?? {};
  describe(nameOf(path), () => {
    test('has a model for every golden, and none besides', () => {
      expect(Object.keys(table)).toEqual(models.map(({ name }) => name));
    });
    test.each(models.map((model) => [model.name, model] as const))('%s', async (name, model) => {
      await checkModule(table[name]!(), model);
    });
  });
}
