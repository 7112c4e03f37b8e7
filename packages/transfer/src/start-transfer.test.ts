import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createAdler32 } from '@leman/contracts';
import { type HttpStorage, startHttpStorage } from '@leman/protocols/testing';
import { type Bench, startBench } from './testing/transfer-bench.ts';

let bench: Bench;
let source: HttpStorage;
let destination: HttpStorage;

const adler32 = (text: string) => {
  const sum = createAdler32();
  sum.update(Buffer.from(text));
  return sum.digest();
};
const put = (path: string, text: string) =>
  source.files.set(path, { content: Buffer.from(text), modifiedAt: new Date() });
const fileOf = (path: string, text?: string, more: Record<string, unknown> = {}) => ({
  sources: [source.url + path],
  destinations: [destination.url + path],
  ...(text === undefined ? {} : { filesize: Buffer.byteLength(text), checksum: `ADLER32:${adler32(text)}` }),
  ...more,
});

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
  assert.equal(destination.files.get('/plain')?.content.toString(), 'hello');
  assert.deepEqual(new Set(source.tokens), new Set(['Bearer s-token']));
  assert.deepEqual(new Set(destination.tokens), new Set(['Bearer d-token']));
  const [file] = files;
  assert.equal(file?.file_state, 'FINISHED');
  assert.equal(file?.filesize, 5);
  assert.equal(file?.activity, 'Tests');
  assert.deepEqual(file?.file_metadata, { request_id: 'r1' });
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
  const [row] = await bench.database
    .sql`select count(*) filter (where sealed_tokens is not null) as sealed from files where job_id = ${jobId}`;
  assert.equal(row?.sealed, 0);
});
