import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { textOf } from './files.ts';

const readme = textOf('README.md');

describe('the README', () => {
  test('has a first example that runs, and learns', () => {
    const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
    if (!code) throw new Error('no example found');
    const folder = mkdtempSync(join(tmpdir(), 'lumigrad-'));
    const file = join(folder, 'example.ts');
    writeFileSync(file, code);
    const runner = fileURLToPath(new URL('../../tools/run.mjs', import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, [runner, file], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n').at(-1)).toBe('[ 0, 1, 1, 0 ]');
    expect(status).toBe(0);
  });

  test('names only scripts that exist', () => {
    const scripts: object = JSON.parse(textOf('package.json')).scripts;
    const named = [...readme.matchAll(/npm (?:run )?(start|test|(?<=run )[\w:]+)/g)].map((match) => match[1]);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => name && !(name in scripts))).toEqual([]);
  });
});
