import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { adler32, twoStorages } from '../testing/two-storages.ts';

describe('copying a file', () => {
  const lab = twoStorages();
  const { put, fileOf, textAt } = lab;

  test('a file is copied with the tokens given, verified and reported', async () => {
    put('/plain', 'hello');
    lab.source.tokens.length = 0;
    lab.destination.tokens.length = 0;
    const jobId = await lab.bench.submit(
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
    const { state, files } = await lab.bench.ended(jobId);
    assert.equal(state, 'FINISHED');
    assert.equal(textAt('/plain'), 'hello');
    assert.deepEqual(new Set(lab.source.tokens), new Set(['Bearer s-token']));
    assert.deepEqual(new Set(lab.destination.tokens), new Set(['Bearer d-token']));
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
    const { json: job } = await lab.bench.call('GET', `//jobs/${jobId}?files=file_state,dest_surl`);
    assert.equal(job.http_status, '200 Ok');
    assert.equal(job.verify_checksum, 't');
    assert.deepEqual(job.files, [{ file_state: 'FINISHED', dest_surl: `${lab.destination.url}/plain` }]);
    assert.deepEqual(job.job_metadata, { issuer: 'rucio', auth_method: 'oauth2' });
  });

  test('tokens are sealed while a file waits and gone when it ended', async () => {
    put('/sealed', 'hello');
    lab.source.faults.delay = (method) => (method === 'HEAD' ? 200 : 0);
    const jobId = await lab.bench.submit(
      [fileOf('/sealed', 'hello', { source_tokens: ['very-secret'], destination_tokens: ['other-secret'] })],
      { verify_checksum: 'both' },
    );
    const [row] = await lab.bench.database
      .sql`select f.*, j.* from files f join jobs j on j.job_id = f.job_id where f.job_id = ${jobId}`;
    assert.ok(row?.sealed_tokens.length > 40);
    assert.doesNotMatch(JSON.stringify(row) + Buffer.from(row?.sealed_tokens).toString('latin1'), /secret/);
    await lab.bench.ended(jobId);
    delete lab.source.faults.delay;
    const [then] = await lab.bench.database.sql`select sealed_tokens from files where job_id = ${jobId}`;
    assert.equal(then?.sealed_tokens, null);
  });

  test('a token that has ended is not tried: the file fails at once and says which', async () => {
    put('/ended', 'hello');
    const ended = lab.bench.issuer.mint({ subject: 'x', audience: 'x', scopes: '', lifetimeSeconds: -60 });
    const asked = lab.destination.requests.length;
    for (const [tokens, side] of [
      [{ source_tokens: [ended], destination_tokens: ['d'] }, 'SOURCE'],
      [{ source_tokens: ['s'], destination_tokens: [ended] }, 'DESTINATION'],
    ] as const) {
      const jobId = await lab.bench.submit([fileOf('/ended', 'hello', tokens)], { retry: 3 });
      const { files } = await lab.bench.ended(jobId);
      assert.deepEqual(
        [files[0]?.file_state, files[0]?.reason_code, files[0]?.attempts.length],
        ['FAILED', `${side}_DENIED`, 1],
      );
      assert.match(String(files[0]?.reason), /expired at .* Submit it again with a new one/);
    }
    assert.equal(lab.destination.requests.length, asked);
  });

  test('what is at the destination already: the same file is success, another one an error, overwrite replaces', async () => {
    put('/there', 'right');
    const place = (text: string) =>
      lab.destination.files.set('/there', {
        content: Buffer.from(text),
        modifiedAt: new Date(Date.now() - 86_400_000),
      });
    place('right');
    const same = await lab.bench.ended(await lab.bench.submit([fileOf('/there', 'right')]));
    assert.equal(same.state, 'FINISHED');
    assert.equal(same.files[0]?.already_there, true);
    place('wrong');
    const other = await lab.bench.ended(
      await lab.bench.submit([fileOf('/there', 'right', { metadata: { request_id: 'x' } })], {
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
    const replaced = await lab.bench.ended(
      await lab.bench.submit([fileOf('/there', 'right')], { overwrite: true }),
    );
    assert.equal(replaced.state, 'FINISHED');
    assert.equal(textAt('/there'), 'right');
  });

  test('overwriting: the right file, written since the job was submitted, is left: another attempt was quicker', async () => {
    put('/quicker', 'hello');
    const run = async (modifiedAt: number) => {
      lab.destination.files.set('/quicker', {
        content: Buffer.from('hello'),
        modifiedAt: new Date(modifiedAt),
      });
      lab.destination.requests.splice(0);
      const { state } = await lab.bench.ended(
        await lab.bench.submit([fileOf('/quicker', 'hello')], { overwrite: true }),
      );
      assert.equal(state, 'FINISHED');
      return lab.destination.requests.some((request) => /^(DELETE|COPY)/.test(request));
    };
    assert.equal(await run(Date.now() + 5_000), false);
    assert.equal(await run(Date.now() - 60_000), true);
  });

  test('at a storage that publishes whole copies only, a copy is two requests', async () => {
    lab.destination.faults = { software: 'Leman/1' };
    for (const name of ['/whole1', '/whole2']) {
      put(name, 'hello');
      const { state } = await lab.bench.ended(await lab.bench.submit([fileOf(name, 'hello')]));
      assert.equal(state, 'FINISHED');
    }
    assert.deepEqual(
      lab.destination.requests.filter((request) => request.endsWith('/whole2')),
      ['COPY /whole2', 'HEAD /whole2'],
    );
    // The name is taken after all: by the right file, then by another one.
    const again = await lab.bench.ended(await lab.bench.submit([fileOf('/whole2', 'hello')]));
    assert.deepEqual([again.state, again.files[0]?.already_there], ['FINISHED', true]);
    lab.destination.files.set('/whole2', { content: Buffer.from('other'), modifiedAt: new Date() });
    const other = await lab.bench.ended(await lab.bench.submit([fileOf('/whole2', 'hello')]));
    assert.equal(other.files[0]?.reason_code, 'DESTINATION_EXISTS');
    assert.equal(textAt('/whole2'), 'other');
    lab.destination.faults = {};
    // It is what its last answer said it is.
    put('/whole3', 'hello');
    await lab.bench.ended(await lab.bench.submit([fileOf('/whole3', 'hello')]));
  });

  test('pushes when the destination cannot pull, streams when neither can', async () => {
    put('/push', 'hello');
    lab.destination.faults.status = (method) => (method === 'COPY' ? { status: 501, text: 'no' } : undefined);
    const pushed = await lab.bench.ended(await lab.bench.submit([fileOf('/push', 'hello')]));
    assert.deepEqual(
      [pushed.state, pushed.files[0]?.attempts[0]?.mode, textAt('/push')],
      ['FINISHED', 'push', 'hello'],
    );
    lab.source.faults.status = lab.destination.faults.status;
    put('/stream', 'hello');
    const streamed = await lab.bench.ended(await lab.bench.submit([fileOf('/stream', 'hello')]));
    assert.deepEqual(
      [streamed.state, streamed.files[0]?.attempts[0]?.mode, textAt('/stream')],
      ['FINISHED', 'stream', 'hello'],
    );
    lab.source.faults = {};
    lab.destination.faults = {};
  });
});
