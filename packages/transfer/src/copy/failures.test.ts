import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { twoStorages } from '../testing/two-storages.ts';

describe('copies that fail', () => {
  const lab = twoStorages();
  const { put, fileOf, textAt } = lab;

  test('faults: each has its reason, permanent ones are not retried, nothing is left behind', async () => {
    put('/fault', 'hello');
    const run = async (
      prepare: () => void,
      params: Record<string, unknown> = {},
      file = fileOf('/fault', 'hello'),
    ) => {
      lab.destination.files.delete('/fault');
      lab.source.faults = {};
      lab.destination.faults = {};
      prepare();
      const { files } = await lab.bench.ended(await lab.bench.submit([file], { retry: 1, ...params }));
      lab.source.faults = {};
      lab.destination.faults = {};
      return [files[0]?.file_state, files[0]?.reason_code, files[0]?.attempts.length, textAt('/fault')];
    };
    const gone = undefined;
    assert.deepEqual(
      await run(
        () => (lab.destination.faults.copyEnd = () => 'failure: Remote side failed with status code 404'),
      ),
      ['FAILED', 'SOURCE_MISSING', 1, gone],
    );
    assert.deepEqual(
      await run(() => undefined, {}, { ...fileOf('/fault', 'hello'), sources: [`${lab.source.url}/none`] }),
      ['FAILED', 'SOURCE_MISSING', 1, gone],
    );
    assert.deepEqual(
      await run(
        () =>
          (lab.destination.faults.status = (method) =>
            method === 'COPY' ? { status: 507, text: 'full' } : undefined),
      ),
      ['FAILED', 'DESTINATION_FULL', 2, gone],
    );
    assert.deepEqual(
      await run(
        () =>
          (lab.destination.faults.status = (method) =>
            method === 'COPY' ? { status: 403, text: 'no' } : undefined),
      ),
      ['FAILED', 'DESTINATION_DENIED', 1, gone],
    );
    assert.deepEqual(await run(() => (lab.source.faults.status = () => ({ status: 403, text: 'no' }))), [
      'FAILED',
      'SOURCE_DENIED',
      1,
      gone,
    ]);
    assert.deepEqual(
      await run(() => (lab.destination.faults = { inPlace: true, copyEnd: () => 'failure: broken' })),
      ['FAILED', 'TRANSFER_FAILED', 2, gone],
    );
    assert.deepEqual(await run(() => (lab.destination.faults.corrupt = () => Buffer.from('jello'))), [
      'FAILED',
      'CHECKSUM_MISMATCH',
      2,
      gone,
    ]);
    assert.deepEqual(await run(() => (lab.destination.faults.corrupt = () => Buffer.from('hell'))), [
      'FAILED',
      'SIZE_MISMATCH',
      2,
      gone,
    ]);
    assert.deepEqual(
      await run(() => undefined, {}, { ...fileOf('/fault', 'hello'), checksum: 'ADLER32:00000002' }),
      ['FAILED', 'CHECKSUM_MISMATCH', 2, gone],
    );
    assert.deepEqual(
      await run(
        () => undefined,
        { verify_checksum: 'both' },
        { ...fileOf('/fault', 'hello'), checksum: 'ADLER32:00000002' },
      ),
      ['FAILED', 'SOURCE_CORRUPT', 1, gone],
    );
    // Said to have failed, but the file is there and right.
    assert.deepEqual(
      await run(
        () =>
          (lab.destination.faults.copyEnd = (path) => {
            lab.destination.files.set(path, { content: Buffer.from('hello'), modifiedAt: new Date() });
            return '';
          }),
      ),
      ['FINISHED', null, 1, 'hello'],
    );
    assert.deepEqual(
      await run(
        () => undefined,
        {},
        { ...fileOf('/fault', 'hello'), sources: ['gsiftp://old.example/fault'] },
      ),
      ['FAILED', 'TRANSFER_FAILED', 1, gone],
    );
    // Fails once, then works.
    let failed = 0;
    assert.deepEqual(
      await run(() => (lab.destination.faults.copyEnd = () => (failed++ ? undefined : 'failure: hiccup'))),
      ['FINISHED', null, 2, 'hello'],
    );
  });

  test('a file somebody else put there during a copy that failed is not taken for a rest of it', async () => {
    put('/meanwhile', 'hello');
    const run = async (content: string, age: number, fault: 'refused' | 'failed') => {
      lab.destination.files.delete('/meanwhile');
      const appear = (path: string) =>
        lab.destination.files.set(path, {
          content: Buffer.from(content),
          modifiedAt: new Date(Date.now() - age),
        });
      if (fault === 'failed') {
        lab.destination.faults.copyEnd = (path) => {
          appear(path);
          return 'failure: Remote side failed with status code 404';
        };
      } else {
        lab.destination.faults.status = (method, path) => {
          if (method !== 'COPY') return undefined;
          appear(path);
          return { status: 403, text: 'no' };
        };
      }
      const { state } = await lab.bench.ended(await lab.bench.submit([fileOf('/meanwhile', 'hello')]));
      lab.destination.faults = {};
      assert.equal(state, 'FAILED');
      return textAt('/meanwhile');
    };
    assert.equal(await run('longer than it', 0, 'failed'), 'longer than it');
    assert.equal(await run('old', 86_400_000, 'failed'), 'old');
    assert.equal(await run('new', 0, 'refused'), 'new');
    assert.equal(await run('hel', 0, 'failed'), undefined);
    lab.destination.files.delete('/meanwhile');
  });

  test('whatever a storage says in its failure, the outcome is written, and those of others too', async () => {
    put('/said', 'hello');
    put('/fine', 'hello');
    lab.destination.faults.copyEnd = (path) =>
      path === '/said' ? 'failure: a \u0000 b \ud800 \u001b[1m' : undefined;
    const [said, fine] = await Promise.all(
      ['/said', '/fine'].map(
        async (name) => await lab.bench.ended(await lab.bench.submit([fileOf(name, 'hello')])),
      ),
    );
    lab.destination.faults = {};
    assert.deepEqual([said!.state, fine!.state], ['FAILED', 'FINISHED']);
  });
});
