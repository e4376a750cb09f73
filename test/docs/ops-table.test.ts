/** docs/ops.md says what the library and its tests say. */
import { expect, test } from 'vitest';
import { opsTable } from '../../tools/ops-table/table.ts';
import { textOf } from '../meta/files.ts';

const table = opsTable();

test('docs/ops.md is up to date: npm run docs:ops', () => {
  expect(textOf('docs/ops.md')).toBe(table.text);
});
test('what is missing has a reason, and what has one is missing', () => {
  expect(table.unexplained).toEqual([]);
  expect(table.present).toEqual([]);
});
