import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { twoStorages, until } from '../testing/two-storages.ts';

describe('jobs', () => {
  const lab = twoStorages();
  const { put, fileOf } = lab;

  test('bad submissions are refused with a sentence and change nothing', async () => {
    const [before] = await lab.bench.database.sql`select count(*) as jobs from jobs`;
    const good = { sources: ['https://a/b'], destinations: ['https://c/d'] };
    const cases: [unknown, number][] = [
      [{}, 400],
      [{ files: [] }, 400],
      [{ files: [{ sources: [], destinations: ['https://c/d'] }] }, 400],
      [{ files: [{ ...good, sources: ['nonsense'] }] }, 400],
      [{ files: [{ ...good, sources: ['file:///etc/passwd'] }] }, 400],
      [{ files: [{ ...good, sources: ['https://host'] }] }, 400],
      [{ files: [{ ...good, source_tokens: ['x'] }] }, 400],
      [{ files: [{ ...good, source_tokens: ['x', 'y'], destination_tokens: ['z'] }] }, 400],
      [{ files: [{ ...good, scitag: 3 }] }, 400],
      [{ files: [{ ...good, filesize: 'many' }] }, 400],
      [{ files: [good], params: { verify_checksum: 'maybe' } }, 400],
      [{ files: [good], params: { overwrite: true, overwrite_on_retry: true } }, 400],
      [{ files: [good], params: { max_time_in_queue: 'soon' } }, 400],
      [{ files: [{ ...good, sources: ['https://a/b', 'https://x/b'] }, good] }, 400],
      [{ files: [good], params: { id_generator: 'deterministic' } }, 400],
      [{ files: [{ ...good, metadata: 'a\u0000b' }] }, 400],
      [{ delete: [] }, 405],
    ];
    for (const [body, wanted] of cases) {
      const { status, json } = await lab.bench.call('POST', '/jobs', body);
      assert.equal(status, wanted, JSON.stringify(body));
      assert.match(String(json.status), new RegExp(`^${wanted} `));
      assert.ok(String(json.message).length > 10);
    }
    const [now] = await lab.bench.database.sql`select count(*) as jobs from jobs`;
    assert.equal(now?.jobs, before?.jobs);
  });

  test('the same deterministic job is taken once and answers with its id', async () => {
    put('/once', 'x');
    const params = { id_generator: 'deterministic', sid: 'abc' };
    const id = await lab.bench.submit([fileOf('/once')], params);
    const { status, json } = await lab.bench.call('POST', '/jobs', { files: [fileOf('/once')], params });
    assert.equal(status, 409);
    assert.equal(json.job_id, id);
    assert.match(String(json.message), new RegExp(id));
    // As clients compute it: uuid5(uuid5(base_id, vos[0]), sid), with Python's uuid module.
    const { json: who } = await lab.bench.call<{ vos: string[]; base_id: string }>('GET', '/whoami');
    assert.deepEqual(
      [who.base_id, who.vos[0], id],
      ['01874efb-4735-4595-bc9c-591aef8240c9', 'leman', '501fa1e8-6c36-50b1-97eb-6aeadce1d989'],
    );
    await lab.bench.ended(id);
  });

  test('who may see and do what', async () => {
    assert.equal((await lab.bench.call('GET', '/whoami', undefined, null)).status, 401);
    assert.equal((await lab.bench.call('POST', '/jobs', { files: [] }, null)).status, 401);
    put('/mine', 'x');
    const { json } = await lab.bench.call('POST', '/jobs', { files: [fileOf('/mine')] }, 'alice');
    const id = String(json.job_id);
    assert.equal((await lab.bench.call('GET', `/jobs/${id}`, undefined, 'alice')).status, 200);
    assert.equal((await lab.bench.call('GET', `/jobs/${id}`, undefined, 'bob')).status, 403);
    assert.equal((await lab.bench.call('DELETE', `/jobs/${id}`, undefined, 'bob')).status, 403);
    assert.equal((await lab.bench.call('GET', '/events', undefined, 'alice')).status, 403);
    assert.equal((await lab.bench.call('GET', '/config/se', undefined, 'alice')).status, 403);
    const missing = '00000000-0000-4000-8000-000000000000';
    assert.equal((await lab.bench.call('GET', `/jobs/${missing}`)).status, 404);
    const many = await lab.bench.call<{ http_status: string }[]>('GET', `/jobs/${id},${missing}`);
    assert.equal(many.status, 207);
    assert.deepEqual(
      many.json.map((job) => job.http_status),
      ['200 Ok', '404 Not Found'],
    );
    assert.equal((await lab.bench.call('GET', `/jobs/${id}/job_state`)).status, 200);
    assert.equal((await lab.bench.call('GET', `/jobs/${id}/nonsense`)).status, 404);
    await lab.bench.ended(id);
  });

  test('alternatives are tried one after the other; hops follow each other', async () => {
    put('/alt', 'hello');
    const alternatives = {
      ...fileOf('/alt', 'hello'),
      sources: [`${lab.source.url}/none`, `${lab.source.url}/alt`, `${lab.source.url}/third`],
    };
    const one = await lab.bench.ended(await lab.bench.submit([alternatives]));
    assert.equal(one.state, 'FINISHED');
    assert.deepEqual(
      one.files.map((file) => file.file_state),
      ['FAILED', 'FINISHED', 'NOT_USED'],
    );
    const none = await lab.bench.ended(
      await lab.bench.submit([
        {
          ...alternatives,
          sources: [`${lab.source.url}/n1`, `${lab.source.url}/n2`],
          destinations: [`${lab.destination.url}/alt2`],
        },
      ]),
    );
    assert.equal(none.state, 'FAILED');
    const hops = [
      { sources: [`${lab.source.url}/alt`], destinations: [`${lab.destination.url}/hop1`] },
      { sources: [`${lab.destination.url}/hop1`], destinations: [`${lab.source.url}/hop2`] },
    ];
    const two = await lab.bench.ended(await lab.bench.submit(hops, { multihop: true }));
    assert.equal(two.state, 'FINISHED');
    assert.equal(lab.source.files.get('/hop2')?.content.toString(), 'hello');
    const broken = await lab.bench.ended(
      await lab.bench.submit(
        [
          { sources: [`${lab.source.url}/none`], destinations: [`${lab.destination.url}/hop3`] },
          ...hops.slice(1),
        ],
        { multihop: true },
      ),
    );
    assert.equal(broken.state, 'FAILED');
    assert.deepEqual(
      broken.files.map((file) => file.file_state),
      ['FAILED', 'NOT_USED'],
    );
  });

  test('cancel stops a running copy and what waits, and leaves nothing', async () => {
    put('/cancel', 'hello');
    lab.destination.faults = {
      inPlace: true,
      delay: (method) => (method === 'copying' ? Number.POSITIVE_INFINITY : 0),
    };
    const jobId = await lab.bench.submit([fileOf('/cancel', 'hello')]);
    await until(() => lab.destination.requests.includes('COPY /cancel'));
    const { status, json } = await lab.bench.call('DELETE', `/jobs/${jobId}`);
    assert.equal(status, 200);
    assert.equal(json.job_state, 'CANCELED');
    assert.equal(json.reason, 'Job canceled by the user');
    await until(() => lab.destination.requests.includes('DELETE /cancel'));
    lab.destination.faults = {};
    await until(async () => {
      const { json: files } = await lab.bench.call<{ attempts: { state: string }[] }[]>(
        'GET',
        `/jobs/${jobId}/files`,
      );
      return files[0]?.attempts[0]?.state === 'CANCELED';
    });
    assert.equal(lab.destination.files.has('/cancel'), false);
    assert.equal((await lab.bench.call('DELETE', `/jobs/${jobId}`)).json.job_state, 'CANCELED');
  });
});
