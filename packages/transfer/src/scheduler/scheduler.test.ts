import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startHttpStorage } from '@leman/protocols/testing';
import { twoStorages, until } from '../testing/two-storages.ts';

describe('what the scheduler holds back', () => {
  const lab = twoStorages();
  const { put, fileOf } = lab;
  /** Submits 60 files for a storage that refuses them; resolves once the link to it is closed. */
  const submitUntilClosed = async (
    destination: string,
    stem: string,
    params: Record<string, unknown>,
  ): Promise<string> => {
    const names = Array.from({ length: 60 }, (_, index) => `/${stem}${index}`);
    for (const name of names) put(name, 'x');
    const jobId = await lab.bench.submit(
      names.map((name) => ({
        sources: [lab.source.url + name],
        destinations: [destination + name],
        filesize: 1,
      })),
      params,
    );
    await until(async () => {
      const { json } = await lab.bench.call<{ dest_se: string; closed: object | null }[]>('GET', '/links');
      return Boolean(json.find((link) => link.dest_se === destination)?.closed);
    });
    return jobId;
  };

  test('1,001 bad files do not delay the 1,002nd good one on another link', async () => {
    put('/good', 'hello');
    const bad = Array.from({ length: 1001 }, (_, index) => ({
      sources: [`http://127.0.0.9:1/bad${index}`],
      destinations: [`${lab.destination.url}/bad${index}`],
    }));
    const badJob = await lab.bench.submit(bad);
    const good = await lab.bench.ended(await lab.bench.submit([fileOf('/good', 'hello')]));
    assert.equal(good.state, 'FINISHED');
    const { json } = await lab.bench.call<{ job_state: string }>('GET', `/jobs/${badJob}`);
    assert.notEqual(json.job_state, 'FINISHED');
    const { json: links } = await lab.bench.call<
      { source_se: string; queued: number; closed: { reason_code: string } | null }[]
    >('GET', '/links');
    const link = links.find((one) => one.source_se === 'http://127.0.0.9:1');
    assert.equal(link?.closed?.reason_code, 'SOURCE_DOWN');
    const { json: files } = await lab.bench.call<
      { file_id: number; file_state: string; reason_code: string }[]
    >('GET', `/jobs/${badJob}/files`);
    const waiting = files.findLast((file) => file.file_state === 'SUBMITTED');
    assert.equal(waiting?.reason_code, 'SOURCE_DOWN');
    const { json: why } = await lab.bench.call('GET', `/why/${waiting?.file_id}`);
    assert.match(String(why.explanation), /does not answer/);
    await lab.bench.call('DELETE', `/jobs/${badJob}`);
  });

  test('a full storage is left alone, tried with one file, and used again when it has room', async () => {
    const third = await startHttpStorage({ host: '127.0.0.4' });
    third.faults.status = (method) => (method === 'COPY' ? { status: 507, text: 'full' } : undefined);
    const jobId = await submitUntilClosed(third.url, 'full', { retry: 10, retry_delay: 1 });
    const copies = () => third.requests.filter((request) => request.startsWith('COPY')).length;
    assert.ok(copies() <= 20, `${copies()} attempts at a full storage`);
    third.faults = {};
    const { state } = await lab.bench.ended(jobId);
    assert.equal(state, 'FINISHED');
    assert.equal(third.files.size, 60);
    await third.stop();
  });

  test('when a destination is back, all that failed because of it goes on at once', async () => {
    const third = await startHttpStorage({ host: '127.0.0.5' });
    third.faults.status = (method) => (method === 'COPY' ? { status: 503, text: 'starting' } : undefined);
    // By the clock, none of those that failed would be tried within the time of a test.
    const jobId = await submitUntilClosed(third.url, 'back', { retry_delay: 600 });

    third.faults = {};
    const { state, files } = await lab.bench.ended(jobId);
    assert.equal(state, 'FINISHED');

    assert.ok(files.some((file) => file.attempts.length > 1));
    await third.stop();
  });
});
