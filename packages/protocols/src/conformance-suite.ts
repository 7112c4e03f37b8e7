import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test from 'node:test';
import { createAdler32 } from '@leman/contracts';
import { StorageError } from './storage-error.ts';
import type { StorageProtocol } from './storage-protocol.ts';

export interface Driver {
  protocol: StorageProtocol;
  /** URL of an empty directory to work in, without a slash at its end. */
  base: string;
  /** Token of all calls, for storages that want one. */
  token?: string;
  stop(): Promise<void>;
}

const bytesOf = (size: number) =>
  Buffer.from(Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) & 255));
const adler32Of = (bytes: Buffer) => {
  const sum = createAdler32();
  sum.update(bytes);
  return sum.digest();
};
const ofClass = (name: string) => (error: unknown) => {
  assert.ok(error instanceof StorageError, String(error));
  assert.equal(error.class, name, error.message);
  return true;
};

/** What every protocol that keeps bytes must do, as tests on a real storage. */
export const conformanceSuite = (name: string, start: () => Promise<Driver>): void => {
  test(`${name} keeps the contract of a storage protocol`, async (suite) => {
    const { protocol, base, token, stop } = await start();
    const call = { token };
    const small = bytesOf(1000);
    const large = bytesOf(300_000);
    const put = (url: string, content: Buffer, more: { overwrite?: boolean; adler32?: string } = {}) =>
      protocol.put(url, Readable.from([content]), { ...call, size: content.length, ...more });
    try {
      await suite.test('what is not there is absent, not an error', async () => {
        assert.equal(await protocol.stat(`${base}/none`, call), undefined);
        assert.equal(await protocol.exists(`${base}/none`, call), false);
        assert.equal(await protocol.delete(`${base}/none`, call), 'absent');
        await assert.rejects(async () => protocol.get(`${base}/none`, call), ofClass('missing'));
        await assert.rejects(protocol.checksum(`${base}/none`, 'adler32', call), ofClass('missing'));
      });
      await suite.test('put makes parents and keeps the bytes, empty, small and large', async () => {
        for (const [file, content] of [
          ['empty', Buffer.alloc(0)],
          ['small', small],
          ['large', large],
        ] as const) {
          await put(`${base}/a/b/${file}`, content, { adler32: adler32Of(content) });
          const found = await protocol.stat(`${base}/a/b/${file}`, call);
          assert.equal(found?.size, content.length);
          assert.deepEqual(await buffer((await protocol.get(`${base}/a/b/${file}`, call)).body), content);
          assert.equal(await protocol.checksum(`${base}/a/b/${file}`, 'adler32', call), adler32Of(content));
        }
      });
      await suite.test('put does not replace unless asked', async () => {
        await assert.rejects(put(`${base}/a/b/small`, large), ofClass('exists'));
        assert.equal((await protocol.stat(`${base}/a/b/small`, call))?.size, small.length);
        await put(`${base}/a/b/small`, large, { overwrite: true });
        await put(`${base}/a/b/small`, small, { overwrite: true });
        assert.equal((await protocol.stat(`${base}/a/b/small`, call))?.size, small.length);
      });
      await suite.test('a put with another number of bytes than announced leaves nothing', async () => {
        await assert.rejects(
          protocol.put(`${base}/short`, Readable.from([small]), { ...call, size: 2000 }),
          ofClass('size'),
        );
        assert.equal(await protocol.exists(`${base}/short`, call), false);
      });
      await suite.test('a put with a wrong checksum leaves nothing', async () => {
        await assert.rejects(put(`${base}/wrong`, small, { adler32: '00000001' }));
        assert.equal(await protocol.exists(`${base}/wrong`, call), false);
      });
      await suite.test('ranges give their bytes and no others', async () => {
        const read = async (start: number, end?: number) =>
          buffer((await protocol.get(`${base}/a/b/small`, { ...call, range: { start, end } })).body);
        assert.deepEqual(await read(10, 20), small.subarray(10, 20));
        assert.deepEqual(await read(990), small.subarray(990));
        assert.deepEqual(await read(990, 5000), small.subarray(990));
        assert.equal((await read(20, 20)).length, 0);
        assert.equal((await read(1000)).length, 0);
      });
      await suite.test('list tells files from directories and has no entry for itself', async () => {
        await put(`${base}/a/with space & more.txt`, small);
        const entries = [];
        for await (const entry of protocol.list(`${base}/a`, call)) entries.push(entry);
        entries.sort((one, other) => (one.name < other.name ? -1 : 1));
        assert.deepEqual(
          entries.map(({ name, directory }) => ({ name, directory })),
          [
            { name: 'b', directory: true },
            { name: 'with space & more.txt', directory: false },
          ],
        );
        assert.equal((await protocol.stat(entries[1]!.url, call))?.size, small.length);
        await assert.rejects(async () => {
          for await (const _ of protocol.list(`${base}/nowhere`, call)) assert.fail('an entry of nothing');
        }, ofClass('missing'));
      });
      await suite.test('rename moves into new directories and refuses to replace', async () => {
        await put(`${base}/from`, small);
        await protocol.rename(`${base}/from`, `${base}/new/to`, call);
        assert.equal(await protocol.exists(`${base}/from`, call), false);
        assert.equal((await protocol.stat(`${base}/new/to`, call))?.size, small.length);
        await put(`${base}/from`, large);
        await assert.rejects(protocol.rename(`${base}/from`, `${base}/new/to`, call), ofClass('exists'));
        assert.equal((await protocol.stat(`${base}/new/to`, call))?.size, small.length);
        await protocol.rename(`${base}/from`, `${base}/new/to`, { ...call, overwrite: true });
        assert.equal((await protocol.stat(`${base}/new/to`, call))?.size, large.length);
      });
      await suite.test('delete spares what has changed', async () => {
        await put(`${base}/once`, small);
        assert.equal(await protocol.delete(`${base}/once`, { ...call, onlyIf: { size: 1 } }), 'changed');
        assert.equal(await protocol.exists(`${base}/once`, call), true);
        const found = await protocol.stat(`${base}/once`, call);
        assert.equal(
          await protocol.delete(`${base}/once`, {
            ...call,
            onlyIf: { size: small.length, etag: found?.etag },
          }),
          'deleted',
        );
        assert.equal(await protocol.delete(`${base}/once`, call), 'absent');
      });
      await suite.test('mkdir makes parents and may be repeated', async () => {
        await protocol.mkdir(`${base}/deep/er/est`, call);
        await protocol.mkdir(`${base}/deep/er/est`, call);
        const names = [];
        for await (const entry of protocol.list(`${base}/deep/er`, call)) names.push(entry.name);
        assert.deepEqual(names, ['est']);
      });
      if (protocol.features.quota) {
        await suite.test('space is told where the features say so', async () => {
          const space = await protocol.space(base, call);
          if (space) assert.ok(space.freeBytes >= 0 && space.usedBytes >= 0);
        });
      }
      await suite.test('an aborted call ends as canceled', async () => {
        await assert.rejects(
          protocol.put(`${base}/aborted`, Readable.from([large]), {
            ...call,
            size: large.length,
            signal: AbortSignal.abort(),
          }),
          ofClass('canceled'),
        );
        assert.equal(await protocol.exists(`${base}/aborted`, call), false);
      });
    } finally {
      protocol.close();
      await stop();
    }
  });
};
