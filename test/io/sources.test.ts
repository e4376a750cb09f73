/** Files by path, handle and URL. */
import { mkdtempSync, promises, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FormatError, init, ones, tensor } from 'lumigrad';
import { load, safeOpen, save, saveSafetensors } from 'lumigrad/io';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let folder = '';
let bytes: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  await init({ device: 'cpu' });
  folder = mkdtempSync(join(tmpdir(), 'lumigrad-'));
  bytes = await saveSafetensors({ big: ones([300, 200]), small: tensor([1, 2]) });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('in Node', () => {
  test.each(['x.safetensors', 'x.pt', 'x.pth', 'x.npz'])('%s by name', async (name) => {
    const path = join(folder, name);
    await save({ x: tensor([1, 2]) }, path);
    expect(await (await load(path)).get('x')!.tolist()).toEqual([1, 2]);
    expect((await load(pathToFileURL(path))).size).toBe(1);
  });
  test('by handle, which stays open', async () => {
    const path = join(folder, 'handle');
    writeFileSync(path, bytes);
    const handle = await promises.open(path);
    expect([...(await load(handle)).keys()]).toEqual(['big', 'small']);
    expect((await handle.stat()).size).toBe(bytes.length);
    await handle.close();
    const opened = await safeOpen(path);
    expect(await (await opened.getTensor('small')).tolist()).toEqual([1, 2]);
    await opened.close();
    await expect(opened.getTensor('small')).rejects.toThrow();
  });
  test('a format by option, and what goes wrong', async () => {
    const path = join(folder, 'any');
    await save({ x: tensor([1]) }, path, { format: 'npz' });
    expect((await load(path)).size).toBe(1);
    await expect(load(join(folder, 'none'))).rejects.toThrow(FormatError);
    await expect(load(join(folder, 'none'))).rejects.toThrow('ENOENT');
    await expect(save({}, path, { format: 'onnx' as never })).rejects.toThrow('format must be one of safetensors');
    await expect(save({}, 'x.pt', { dtype: 'float16' })).rejects.toThrow('go with safetensors, not with pt');
    await expect(save({}, 5 as never)).rejects.toThrow("argument 'f' must be a path");
  });
});

describe('from a server', () => {
  /** Answers with `body`; what it was asked for is written down. */
  async function serve(answer: 'ranges' | 'whole' | 'changing' | 'missing', body: Uint8Array) {
    const asked: (string | undefined)[] = [];
    const server: Server = createServer((request, response) => {
      const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
      asked.push(request.headers.range);
      if (answer === 'missing') return response.writeHead(404).end('<html>');
      if (!range || answer === 'whole') return response.end(body);
      const [begin, end] = [Number(range[1]), Math.min(Number(range[2]) + 1, body.length)];
      const size = body.length + (answer === 'changing' ? asked.length : 0);
      return response
        .writeHead(206, { 'Content-Range': `bytes ${begin}-${end - 1}/${size}` })
        .end(body.subarray(begin, end));
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`, asked, server };
  }

  test('that answers ranges, only what is needed is fetched', async () => {
    const { url, asked, server } = await serve('ranges', bytes);
    const opened = await safeOpen(url);
    expect(await (await opened.getTensor('small')).tolist()).toEqual([1, 2]);
    expect(asked).toEqual(['bytes=0-65535', `bytes=${bytes.length - 8}-${bytes.length - 1}`]);
    // Of which all is wanted, it is asked once.
    expect([...(await load(new URL(url))).keys()]).toEqual(['big', 'small']);
    expect(asked.slice(2)).toEqual([undefined]);
    server.close();
    await expect(load(url)).rejects.toThrow(FormatError);
    await expect(load(url)).rejects.toThrow(`cannot read ${url}`);
  });
  test('that does not, the whole file is', async () => {
    const { url, asked, server } = await serve('whole', bytes);
    expect([...(await load(url)).keys()]).toEqual(['big', 'small']);
    expect(asked).toHaveLength(1);
    server.close();
  });
  test('whose file changes meanwhile, it is told', async () => {
    const { url, server } = await serve('changing', bytes);
    const loading = safeOpen(url).then((opened) => opened.getTensor('small'));
    await expect(loading).rejects.toThrow(FormatError);
    server.close();
  });
  test('that has no such file, it is told', async () => {
    const { url, server } = await serve('missing', bytes);
    await expect(load(url)).rejects.toThrow('answered 404 Not Found');
    server.close();
  });
  test('data and blob URLs are no servers', async () => {
    const blob = URL.createObjectURL(new Blob([bytes]));
    expect((await load(blob)).size).toBe(2);
    URL.revokeObjectURL(blob);
    await expect(load('data:text/plain,hello')).rejects.toThrow('neither of safetensors');
    // Revoked by now.
    await expect(load(blob)).rejects.toThrow(FormatError);
  });
});
