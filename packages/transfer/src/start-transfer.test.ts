import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAdler32 } from '@leman/contracts';
import { type HttpStorage, startHttpStorage } from '@leman/protocols/testing';
import { type Bench, startBench } from './testing/transfer-bench.ts';

const adler32 = (text: string) => {
  const sum = createAdler32();
  sum.update(Buffer.from(text));
  return sum.digest();
};

describe('the transfer service', () => {
  let bench: Bench;
  let source: HttpStorage;
  let destination: HttpStorage;
  const put = (path: string, text: string) =>
    source.files.set(path, { content: Buffer.from(text), modifiedAt: new Date() });
  const fileOf = (path: string, text?: string, more: Record<string, unknown> = {}) => ({
    sources: [source.url + path],
    destinations: [destination.url + path],
    ...(text === undefined
      ? {}
      : { filesize: Buffer.byteLength(text), checksum: `ADLER32:${adler32(text)}` }),
    ...more,
  });
  const until = async (condition: () => boolean | Promise<boolean>) => {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const textAt = (path: string) => destination.files.get(path)?.content.toString();

  before(async () => {
    // Two host names, so that the two are different storages.
    [bench, source, destination] = await Promise.all([
      startBench(),
      startHttpStorage({ host: '127.0.0.2' }),
      startHttpStorage({ host: '127.0.0.3' }),
    ]);
  });
  after(async () => {
    await bench?.stop();
    await Promise.all([source?.stop(), destination?.stop()]);
  });

  test('a file is copied with the tokens given, verified and reported', async () => {
    put('/plain', 'hello');
    source.tokens.length = 0;
    destination.tokens.length = 0;
    const jobId = await bench.submit(
      [
        fileOf('/plain', 'hello', {
          source_tokens: ['s-token'],
          destination_tokens: ['d-token'],
          metadata: { request_id: 'r1' },
          activity: 'Tests',
        }),
      ],
      { job_metadata: { issuer: 'rucio' } },
    );
    const { state, files } = await bench.ended(jobId);
    assert.equal(state, 'FINISHED');
    assert.equal(textAt('/plain'), 'hello');
    assert.deepEqual(new Set(source.tokens), new Set(['Bearer s-token']));
    assert.deepEqual(new Set(destination.tokens), new Set(['Bearer d-token']));
    const [file] = files;
    assert.equal(file?.file_state, 'FINISHED');
    assert.equal(file?.filesize, 5);
    assert.equal(file?.activity, 'Tests');
    assert.deepEqual(file?.file_metadata, { request_id: 'r1' });
    assert.deepEqual([file?.source_se, file?.dest_se], ['http://127.0.0.2', 'http://127.0.0.3']);
    assert.match(String(file?.start_time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    assert.deepEqual(
      file?.attempts.map(({ attempt, state: ended, mode }) => [attempt, ended, mode]),
      [[1, 'FINISHED', 'pull']],
    );
    const { json: job } = await bench.call('GET', `//jobs/${jobId}?files=file_state,dest_surl`);
    assert.equal(job.http_status, '200 Ok');
    assert.equal(job.verify_checksum, 't');
    assert.deepEqual(job.files, [{ file_state: 'FINISHED', dest_surl: `${destination.url}/plain` }]);
    assert.deepEqual(job.job_metadata, { issuer: 'rucio', auth_method: 'oauth2' });
  });

  test('tokens are sealed while a file waits and gone when it ended', async () => {
    put('/sealed', 'hello');
    source.faults.delay = (method) => (method === 'HEAD' ? 200 : 0);
    const jobId = await bench.submit(
      [fileOf('/sealed', 'hello', { source_tokens: ['very-secret'], destination_tokens: ['other-secret'] })],
      { verify_checksum: 'both' },
    );
    const [row] = await bench.database
      .sql`select f.*, j.* from files f join jobs j on j.job_id = f.job_id where f.job_id = ${jobId}`;
    assert.ok(row?.sealed_tokens.length > 40);
    assert.doesNotMatch(JSON.stringify(row) + Buffer.from(row?.sealed_tokens).toString('latin1'), /secret/);
    await bench.ended(jobId);
    delete source.faults.delay;
    const [then] = await bench.database.sql`select sealed_tokens from files where job_id = ${jobId}`;
    assert.equal(then?.sealed_tokens, null);
  });

  test('a token that has ended is not tried: the file fails at once and says which', async () => {
    put('/ended', 'hello');
    const ended = bench.issuer.mint({ subject: 'x', audience: 'x', scopes: '', lifetimeSeconds: -60 });
    const asked = destination.requests.length;
    for (const [tokens, side] of [
      [{ source_tokens: [ended], destination_tokens: ['d'] }, 'SOURCE'],
      [{ source_tokens: ['s'], destination_tokens: [ended] }, 'DESTINATION'],
    ] as const) {
      const jobId = await bench.submit([fileOf('/ended', 'hello', tokens)], { retry: 3 });
      const { files } = await bench.ended(jobId);
      assert.deepEqual(
        [files[0]?.file_state, files[0]?.reason_code, files[0]?.attempts.length],
        ['FAILED', `${side}_DENIED`, 1],
      );
      assert.match(String(files[0]?.reason), /expired at .* Submit it again with a new one/);
    }
    assert.equal(destination.requests.length, asked);
  });

  test('bad submissions are refused with a sentence and change nothing', async () => {
    const [before] = await bench.database.sql`select count(*) as jobs from jobs`;
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
      const { status, json } = await bench.call('POST', '/jobs', body);
      assert.equal(status, wanted, JSON.stringify(body));
      assert.match(String(json.status), new RegExp(`^${wanted} `));
      assert.ok(String(json.message).length > 10);
    }
    const [now] = await bench.database.sql`select count(*) as jobs from jobs`;
    assert.equal(now?.jobs, before?.jobs);
  });

  test('the same deterministic job is taken once and answers with its id', async () => {
    put('/once', 'x');
    const params = { id_generator: 'deterministic', sid: 'abc' };
    const id = await bench.submit([fileOf('/once')], params);
    const { status, json } = await bench.call('POST', '/jobs', { files: [fileOf('/once')], params });
    assert.equal(status, 409);
    assert.equal(json.job_id, id);
    assert.match(String(json.message), new RegExp(id));
    // As clients compute it: uuid5(uuid5(base_id, vos[0]), sid), with Python's uuid module.
    const { json: who } = await bench.call<{ vos: string[]; base_id: string }>('GET', '/whoami');
    assert.deepEqual(
      [who.base_id, who.vos[0], id],
      ['01874efb-4735-4595-bc9c-591aef8240c9', 'leman', '501fa1e8-6c36-50b1-97eb-6aeadce1d989'],
    );
    await bench.ended(id);
  });

  test('who may see and do what', async () => {
    assert.equal((await bench.call('GET', '/whoami', undefined, null)).status, 401);
    assert.equal((await bench.call('POST', '/jobs', { files: [] }, null)).status, 401);
    put('/mine', 'x');
    const { json } = await bench.call('POST', '/jobs', { files: [fileOf('/mine')] }, 'alice');
    const id = String(json.job_id);
    assert.equal((await bench.call('GET', `/jobs/${id}`, undefined, 'alice')).status, 200);
    assert.equal((await bench.call('GET', `/jobs/${id}`, undefined, 'bob')).status, 403);
    assert.equal((await bench.call('DELETE', `/jobs/${id}`, undefined, 'bob')).status, 403);
    assert.equal((await bench.call('GET', '/events', undefined, 'alice')).status, 403);
    assert.equal((await bench.call('GET', '/config/se', undefined, 'alice')).status, 403);
    const missing = '00000000-0000-4000-8000-000000000000';
    assert.equal((await bench.call('GET', `/jobs/${missing}`)).status, 404);
    const many = await bench.call<{ http_status: string }[]>('GET', `/jobs/${id},${missing}`);
    assert.equal(many.status, 207);
    assert.deepEqual(
      many.json.map((job) => job.http_status),
      ['200 Ok', '404 Not Found'],
    );
    assert.equal((await bench.call('GET', `/jobs/${id}/job_state`)).status, 200);
    assert.equal((await bench.call('GET', `/jobs/${id}/nonsense`)).status, 404);
    await bench.ended(id);
  });

  test('what is at the destination already: the same file is success, another one an error, overwrite replaces', async () => {
    put('/there', 'right');
    const place = (text: string) =>
      destination.files.set('/there', {
        content: Buffer.from(text),
        modifiedAt: new Date(Date.now() - 86_400_000),
      });
    place('right');
    const same = await bench.ended(await bench.submit([fileOf('/there', 'right')]));
    assert.equal(same.state, 'FINISHED');
    assert.equal(same.files[0]?.already_there, true);
    place('wrong');
    const other = await bench.ended(
      await bench.submit([fileOf('/there', 'right', { metadata: { request_id: 'x' } })], {
        dst_file_report: true,
        retry: 3,
      }),
    );
    assert.equal(other.state, 'FAILED');
    assert.equal(other.files[0]?.reason_code, 'DESTINATION_EXISTS');
    assert.match(
      String(other.files[0]?.reason),
      /^DESTINATION \[17\] Destination file exists and overwrite is not enabled/,
    );
    assert.equal(other.files[0]?.attempts.length, 1);
    assert.deepEqual((other.files[0]!.file_metadata as { dst_file: object }).dst_file, {
      file_size: 5,
      checksum_type: 'ADLER32',
      checksum_value: adler32('wrong'),
      file_on_tape: false,
      file_on_disk: true,
    });
    assert.equal(textAt('/there'), 'wrong');
    const replaced = await bench.ended(await bench.submit([fileOf('/there', 'right')], { overwrite: true }));
    assert.equal(replaced.state, 'FINISHED');
    assert.equal(textAt('/there'), 'right');
  });

  test('faults: each has its reason, permanent ones are not retried, nothing is left behind', async () => {
    put('/fault', 'hello');
    const run = async (
      prepare: () => void,
      params: Record<string, unknown> = {},
      file = fileOf('/fault', 'hello'),
    ) => {
      destination.files.delete('/fault');
      source.faults = {};
      destination.faults = {};
      prepare();
      const { files } = await bench.ended(await bench.submit([file], { retry: 1, ...params }));
      source.faults = {};
      destination.faults = {};
      return [files[0]?.file_state, files[0]?.reason_code, files[0]?.attempts.length, textAt('/fault')];
    };
    const gone = undefined;
    assert.deepEqual(
      await run(
        () => (destination.faults.copyEnd = () => 'failure: Remote side failed with status code 404'),
      ),
      ['FAILED', 'SOURCE_MISSING', 1, gone],
    );
    assert.deepEqual(
      await run(() => undefined, {}, { ...fileOf('/fault', 'hello'), sources: [`${source.url}/none`] }),
      ['FAILED', 'SOURCE_MISSING', 1, gone],
    );
    assert.deepEqual(
      await run(
        () =>
          (destination.faults.status = (method) =>
            method === 'COPY' ? { status: 507, text: 'full' } : undefined),
      ),
      ['FAILED', 'DESTINATION_FULL', 2, gone],
    );
    assert.deepEqual(
      await run(
        () =>
          (destination.faults.status = (method) =>
            method === 'COPY' ? { status: 403, text: 'no' } : undefined),
      ),
      ['FAILED', 'DESTINATION_DENIED', 1, gone],
    );
    assert.deepEqual(await run(() => (source.faults.status = () => ({ status: 403, text: 'no' }))), [
      'FAILED',
      'SOURCE_DENIED',
      1,
      gone,
    ]);
    assert.deepEqual(
      await run(() => (destination.faults = { inPlace: true, copyEnd: () => 'failure: broken' })),
      ['FAILED', 'TRANSFER_FAILED', 2, gone],
    );
    assert.deepEqual(await run(() => (destination.faults.corrupt = () => Buffer.from('jello'))), [
      'FAILED',
      'CHECKSUM_MISMATCH',
      2,
      gone,
    ]);
    assert.deepEqual(await run(() => (destination.faults.corrupt = () => Buffer.from('hell'))), [
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
          (destination.faults.copyEnd = (path) => {
            destination.files.set(path, { content: Buffer.from('hello'), modifiedAt: new Date() });
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
      await run(() => (destination.faults.copyEnd = () => (failed++ ? undefined : 'failure: hiccup'))),
      ['FINISHED', null, 2, 'hello'],
    );
  });

  test('a file somebody else put there during a copy that failed is not taken for a rest of it', async () => {
    put('/meanwhile', 'hello');
    const run = async (content: string, age: number, fault: 'refused' | 'failed') => {
      destination.files.delete('/meanwhile');
      const appear = (path: string) =>
        destination.files.set(path, {
          content: Buffer.from(content),
          modifiedAt: new Date(Date.now() - age),
        });
      if (fault === 'failed') {
        destination.faults.copyEnd = (path) => {
          appear(path);
          return 'failure: Remote side failed with status code 404';
        };
      } else {
        destination.faults.status = (method, path) => {
          if (method !== 'COPY') return undefined;
          appear(path);
          return { status: 403, text: 'no' };
        };
      }
      const { state } = await bench.ended(await bench.submit([fileOf('/meanwhile', 'hello')]));
      destination.faults = {};
      assert.equal(state, 'FAILED');
      return textAt('/meanwhile');
    };
    assert.equal(await run('longer than it', 0, 'failed'), 'longer than it');
    assert.equal(await run('old', 86_400_000, 'failed'), 'old');
    assert.equal(await run('new', 0, 'refused'), 'new');
    assert.equal(await run('hel', 0, 'failed'), undefined);
    destination.files.delete('/meanwhile');
  });

  test('overwriting: the right file, written since the job was submitted, is left: another attempt was quicker', async () => {
    put('/quicker', 'hello');
    const run = async (modifiedAt: number) => {
      destination.files.set('/quicker', { content: Buffer.from('hello'), modifiedAt: new Date(modifiedAt) });
      destination.requests.splice(0);
      const { state } = await bench.ended(
        await bench.submit([fileOf('/quicker', 'hello')], { overwrite: true }),
      );
      assert.equal(state, 'FINISHED');
      return destination.requests.some((request) => /^(DELETE|COPY)/.test(request));
    };
    assert.equal(await run(Date.now() + 5_000), false);
    assert.equal(await run(Date.now() - 60_000), true);
  });

  test('whatever a storage says in its failure, the outcome is written, and those of others too', async () => {
    put('/said', 'hello');
    put('/fine', 'hello');
    destination.faults.copyEnd = (path) =>
      path === '/said' ? 'failure: a \u0000 b \ud800 \u001b[1m' : undefined;
    const [said, fine] = await Promise.all(
      ['/said', '/fine'].map(async (name) => await bench.ended(await bench.submit([fileOf(name, 'hello')]))),
    );
    destination.faults = {};
    assert.deepEqual([said!.state, fine!.state], ['FAILED', 'FINISHED']);
  });

  test('at a storage that publishes whole copies only, a copy is two requests', async () => {
    destination.faults = { software: 'Leman/1' };
    for (const name of ['/whole1', '/whole2']) {
      put(name, 'hello');
      const { state } = await bench.ended(await bench.submit([fileOf(name, 'hello')]));
      assert.equal(state, 'FINISHED');
    }
    assert.deepEqual(
      destination.requests.filter((request) => request.endsWith('/whole2')),
      ['COPY /whole2', 'HEAD /whole2'],
    );
    // The name is taken after all: by the right file, then by another one.
    const again = await bench.ended(await bench.submit([fileOf('/whole2', 'hello')]));
    assert.deepEqual([again.state, again.files[0]?.already_there], ['FINISHED', true]);
    destination.files.set('/whole2', { content: Buffer.from('other'), modifiedAt: new Date() });
    const other = await bench.ended(await bench.submit([fileOf('/whole2', 'hello')]));
    assert.equal(other.files[0]?.reason_code, 'DESTINATION_EXISTS');
    assert.equal(textAt('/whole2'), 'other');
    destination.faults = {};
    // It is what its last answer said it is.
    put('/whole3', 'hello');
    await bench.ended(await bench.submit([fileOf('/whole3', 'hello')]));
  });

  test('pushes when the destination cannot pull, streams when neither can', async () => {
    put('/push', 'hello');
    destination.faults.status = (method) => (method === 'COPY' ? { status: 501, text: 'no' } : undefined);
    const pushed = await bench.ended(await bench.submit([fileOf('/push', 'hello')]));
    assert.deepEqual(
      [pushed.state, pushed.files[0]?.attempts[0]?.mode, textAt('/push')],
      ['FINISHED', 'push', 'hello'],
    );
    source.faults.status = destination.faults.status;
    put('/stream', 'hello');
    const streamed = await bench.ended(await bench.submit([fileOf('/stream', 'hello')]));
    assert.deepEqual(
      [streamed.state, streamed.files[0]?.attempts[0]?.mode, textAt('/stream')],
      ['FINISHED', 'stream', 'hello'],
    );
    source.faults = {};
    destination.faults = {};
  });

  test('alternatives are tried one after the other; hops follow each other', async () => {
    put('/alt', 'hello');
    const alternatives = {
      ...fileOf('/alt', 'hello'),
      sources: [`${source.url}/none`, `${source.url}/alt`, `${source.url}/third`],
    };
    const one = await bench.ended(await bench.submit([alternatives]));
    assert.equal(one.state, 'FINISHED');
    assert.deepEqual(
      one.files.map((file) => file.file_state),
      ['FAILED', 'FINISHED', 'NOT_USED'],
    );
    const none = await bench.ended(
      await bench.submit([
        {
          ...alternatives,
          sources: [`${source.url}/n1`, `${source.url}/n2`],
          destinations: [`${destination.url}/alt2`],
        },
      ]),
    );
    assert.equal(none.state, 'FAILED');
    const hops = [
      { sources: [`${source.url}/alt`], destinations: [`${destination.url}/hop1`] },
      { sources: [`${destination.url}/hop1`], destinations: [`${source.url}/hop2`] },
    ];
    const two = await bench.ended(await bench.submit(hops, { multihop: true }));
    assert.equal(two.state, 'FINISHED');
    assert.equal(source.files.get('/hop2')?.content.toString(), 'hello');
    const broken = await bench.ended(
      await bench.submit(
        [{ sources: [`${source.url}/none`], destinations: [`${destination.url}/hop3`] }, ...hops.slice(1)],
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
    destination.faults = {
      inPlace: true,
      delay: (method) => (method === 'copying' ? Number.POSITIVE_INFINITY : 0),
    };
    const jobId = await bench.submit([fileOf('/cancel', 'hello')]);
    await until(() => destination.requests.includes('COPY /cancel'));
    const { status, json } = await bench.call('DELETE', `/jobs/${jobId}`);
    assert.equal(status, 200);
    assert.equal(json.job_state, 'CANCELED');
    assert.equal(json.reason, 'Job canceled by the user');
    await until(() => destination.requests.includes('DELETE /cancel'));
    destination.faults = {};
    await until(async () => {
      const { json: files } = await bench.call<{ attempts: { state: string }[] }[]>(
        'GET',
        `/jobs/${jobId}/files`,
      );
      return files[0]?.attempts[0]?.state === 'CANCELED';
    });
    assert.equal(destination.files.has('/cancel'), false);
    assert.equal((await bench.call('DELETE', `/jobs/${jobId}`)).json.job_state, 'CANCELED');
  });

  test('1,001 bad files do not delay the 1,002nd good one on another link', async () => {
    put('/good', 'hello');
    const bad = Array.from({ length: 1001 }, (_, index) => ({
      sources: [`http://127.0.0.9:1/bad${index}`],
      destinations: [`${destination.url}/bad${index}`],
    }));
    const badJob = await bench.submit(bad);
    const good = await bench.ended(await bench.submit([fileOf('/good', 'hello')]));
    assert.equal(good.state, 'FINISHED');
    const { json } = await bench.call<{ job_state: string }>('GET', `/jobs/${badJob}`);
    assert.notEqual(json.job_state, 'FINISHED');
    const { json: links } = await bench.call<
      { source_se: string; queued: number; closed: { reason_code: string } | null }[]
    >('GET', '/links');
    const link = links.find((one) => one.source_se === 'http://127.0.0.9:1');
    assert.equal(link?.closed?.reason_code, 'SOURCE_DOWN');
    const { json: files } = await bench.call<{ file_id: number; file_state: string; reason_code: string }[]>(
      'GET',
      `/jobs/${badJob}/files`,
    );
    const waiting = files.findLast((file) => file.file_state === 'SUBMITTED');
    assert.equal(waiting?.reason_code, 'SOURCE_DOWN');
    const { json: why } = await bench.call('GET', `/why/${waiting?.file_id}`);
    assert.match(String(why.explanation), /does not answer/);
    await bench.call('DELETE', `/jobs/${badJob}`);
  });

  test('a full storage is left alone, tried with one file, and used again when it has room', async () => {
    const third = await startHttpStorage({ host: '127.0.0.4' });
    third.faults.status = (method) => (method === 'COPY' ? { status: 507, text: 'full' } : undefined);
    const names = Array.from({ length: 60 }, (_, index) => `/full${index}`);
    for (const name of names) put(name, 'x');
    const jobId = await bench.submit(
      names.map((name) => ({ sources: [source.url + name], destinations: [third.url + name], filesize: 1 })),
      { retry: 10, retry_delay: 1 },
    );
    await until(async () => {
      const { json } = await bench.call<{ dest_se: string; closed: object | null }[]>('GET', '/links');
      return Boolean(json.find((link) => link.dest_se === third.url)?.closed);
    });
    const copies = () => third.requests.filter((request) => request.startsWith('COPY')).length;
    assert.ok(copies() <= 20, `${copies()} attempts at a full storage`);
    third.faults = {};
    const { state } = await bench.ended(jobId);
    assert.equal(state, 'FINISHED');
    assert.equal(third.files.size, 60);
    await third.stop();
  });

  test('when a destination is back, all that failed because of it goes on at once', async () => {
    const third = await startHttpStorage({ host: '127.0.0.5' });
    third.faults.status = (method) => (method === 'COPY' ? { status: 503, text: 'starting' } : undefined);
    const names = Array.from({ length: 60 }, (_, index) => `/back${index}`);
    for (const name of names) put(name, 'x');
    // By the clock, none of those that failed would be tried within the time of a test.
    const jobId = await bench.submit(
      names.map((name) => ({ sources: [source.url + name], destinations: [third.url + name], filesize: 1 })),
      { retry_delay: 600 },
    );
    await until(async () => {
      const { json } = await bench.call<{ dest_se: string; closed: object | null }[]>('GET', '/links');
      return Boolean(json.find((link) => link.dest_se === third.url)?.closed);
    });

    third.faults = {};
    const { state, files } = await bench.ended(jobId);
    assert.equal(state, 'FINISHED');

    assert.ok(files.some((file) => file.attempts.length > 1));
    await third.stop();
  });

  test('events come in order, without gaps, and can be read again from any number', async () => {
    put('/event', 'hello');
    const read = async (after: number, enough: (events: Record<string, unknown>[]) => boolean) => {
      const leave = new AbortController();
      const answer = await fetch(`${bench.transfer.url}/events?after=${after}`, {
        headers: { authorization: `Bearer ${bench.tokenOf('admin')}` },
        signal: leave.signal,
      });
      assert.equal(answer.headers.get('content-type'), 'text/event-stream');
      const events: Record<string, unknown>[] = [];
      let rest = '';
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
        rest += chunk;
        const blocks = rest.split('\n\n');
        rest = blocks.pop()!;
        for (const block of blocks) {
          const data = /^data: (.*)$/m.exec(block)?.[1];
          if (data) events.push(JSON.parse(data));
        }
        if (enough(events)) break;
      }
      leave.abort();
      return events;
    };
    const jobId = await bench.submit([fileOf('/event', 'hello', { metadata: { request_id: 'e1' } })], {
      job_metadata: { issuer: 'rucio' },
    });
    const events = await read(0, (all) =>
      all.some((event) => event.job_id === jobId && event.kind === 'complete'),
    );
    assert.deepEqual(
      events.map((event) => event.seq),
      events.map((_, index) => index + 1),
    );
    const mine = events.filter((event) => event.job_id === jobId);
    assert.deepEqual(
      mine.map((event) => [event.kind, event.file_state]),
      [
        ['state', 'ACTIVE'],
        ['complete', 'FINISHED'],
      ],
    );
    const complete = mine[1]!;
    assert.equal(complete.t_final_transfer_state, 'Ok');
    assert.equal(complete.job_state, 'UNKNOWN');
    assert.equal(String(complete.tr_id).split('__').at(-1), jobId);
    assert.deepEqual(complete.file_metadata, { request_id: 'e1' });
    const last = await read(Number(complete.seq) - 1, (all) => all.length > 0);
    assert.deepEqual(last[0], complete);
  });

  test('priority, limits, shares, bans and stubs', async () => {
    const link = {
      symbolicname: 'l1',
      source: 'https://a.example',
      destination: '*',
      min_active: 1,
      max_active: 3,
    };
    assert.equal((await bench.call('POST', '/config/links', link)).status, 201);
    assert.equal((await bench.call('GET', '/config/links/l1')).json.max_active, 3);
    const se = { 'https://se.example': { se_info: { inbound_max_active: 7 }, operations: {} } };
    assert.equal((await bench.call('POST', '/config/se', se)).status, 200);
    assert.deepEqual(
      (await bench.call<Record<string, { se_info: object }>>('GET', '/config/se')).json['https://se.example']
        ?.se_info,
      { inbound_max_active: 7 },
    );
    assert.equal(
      (await bench.call('POST', '/config/activity_shares', { vo: 'leman', share: { A: 0.7, B: 0.3 } }))
        .status,
      200,
    );
    const banned = await bench.call('POST', '/ban/se', {
      storage: 'http://127.0.0.5',
      status: 'wait',
      allow_submit: true,
      message: 'maintenance',
    });
    assert.equal(banned.status, 200);
    const jobId = await bench.submit([
      { sources: [`${source.url}/plain`], destinations: ['http://127.0.0.5:1/x'] },
    ]);
    const { json: files } = await bench.call<{ reason_code: string; reason_facts: { detail: string } }[]>(
      'GET',
      `/jobs/${jobId}/files`,
    );
    assert.equal(files[0]?.reason_code, 'DESTINATION_CLOSED');
    assert.equal(files[0]?.reason_facts.detail, 'maintenance');
    for (const se of ['http://127.0.0.5', 'http://127.0.0.5:1']) {
      assert.equal((await bench.call<unknown[]>('GET', `/files?dest_se=${se}`)).json.length, 1);
    }
    const doomed = await bench.submit([
      { sources: ['http://127.0.0.6:1/a'], destinations: ['http://127.0.0.5:1/y'] },
    ]);
    assert.deepEqual((await bench.call('POST', '/ban/se', { storage: 'http://127.0.0.6' })).json, [doomed]);
    assert.equal((await bench.ended(doomed)).state, 'CANCELED');
    const refused = await bench.call('POST', '/jobs', {
      files: [{ sources: ['http://127.0.0.6:1/a'], destinations: ['http://127.0.0.5:1/z'] }],
    });
    assert.equal(refused.status, 403);
    assert.equal((await bench.call('DELETE', '/ban/se?storage=http://127.0.0.6')).status, 204);
    assert.equal((await bench.call('POST', `/jobs/${jobId}`, { params: { priority: 5 } })).json.priority, 5);
    assert.equal((await bench.call('DELETE', `/jobs/${jobId}`)).json.job_state, 'CANCELED');
    assert.equal(
      (await bench.call('POST', `/jobs/${jobId}`, { params: { priority: 5 } })).json.http_status,
      '304 Not Modified',
    );
    assert.equal((await bench.call('DELETE', '/ban/se?storage=http://127.0.0.5')).status, 204);
    assert.equal((await bench.call<{ api: { major: number } }>('GET', '/')).json.api.major, 3);
    const { json: who } = await bench.call('GET', '/whoami');
    assert.ok((await bench.call('GET', `/delegation/${who.delegation_id}`)).json.termination_time);
    assert.equal((await bench.call<unknown[]>('GET', `/jobs/${jobId}/dm`)).json.length, 0);
  });

  test('cut connections to the database cost time only', async () => {
    const names = Array.from({ length: 80 }, (_, index) => `/cut${index}`);
    for (const name of names) put(name, 'x');
    destination.faults = { delay: (method) => (method === 'copying' ? 20 : 0) };
    const jobId = await bench.submit(names.map((name) => fileOf(name, 'x')));
    for (let round = 0; round < 3; round++) {
      await until(
        () =>
          destination.requests.filter((request) => request.startsWith('COPY /cut')).length > 10 + 20 * round,
      );
      await bench.database.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'leman transfer' and datname = current_database()`;
    }
    const job = async () =>
      (await bench.database.sql`select job_state, job_finished from jobs where job_id = ${jobId}`)[0];
    await until(async () => Boolean((await job())?.job_finished));
    destination.faults = {};
    assert.equal((await job())?.job_state, 'FINISHED');
    const [outcomes] = await bench.database.sql`
      select count(*) as events, count(distinct payload ->> 'file_id') as files from events
      where payload ->> 'kind' = 'complete' and payload ->> 'job_id' = ${jobId}`;
    assert.deepEqual({ ...outcomes }, { events: 80, files: 80 });
  });

  test('a restart takes over what waited and what ran, and doubles nothing', async () => {
    for (const name of ['/left', '/redo', '/wait']) put(name, 'hello');
    destination.faults = { delay: (method) => (method === 'copying' ? Number.POSITIVE_INFINITY : 0) };
    const jobs = await Promise.all(['/left', '/redo'].map((name) => bench.submit([fileOf(name, 'hello')])));
    await until(() =>
      ['COPY /left', 'COPY /redo'].every((request) => destination.requests.includes(request)),
    );
    const stopping = bench.restart();
    // One copy had ended well, the other one left a part behind.
    destination.files.set('/left', { content: Buffer.from('hello'), modifiedAt: new Date() });
    destination.files.set('/redo', { content: Buffer.from('hel'), modifiedAt: new Date() });
    destination.faults = {};
    await stopping;
    const [left, redo] = await Promise.all(jobs.map((job) => bench.ended(job)));
    assert.equal(left?.state, 'FINISHED');
    assert.equal(redo?.state, 'FINISHED');
    assert.equal(textAt('/redo'), 'hello');
    assert.deepEqual(
      left?.files[0]?.attempts.map((attempt) => attempt.state),
      ['LOST', 'FINISHED'],
    );
    const outcomes = await bench.database.sql`
      select payload ->> 'file_id' as file, count(*) as events from events where payload ->> 'kind' = 'complete' group by 1 having count(*) > 1`;
    assert.deepEqual([...outcomes], []);
  });
});
