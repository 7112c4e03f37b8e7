import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestLake, type TestLake } from '../testing/test-lake.ts';

let lake: TestLake;
const send = (body: unknown) => lake.api('POST', '/traces/', body, { token: null });

describe('traces', () => {
  before(async () => {
    lake = await startTestLake();
    await lake.lake.sql`insert into scopes (scope, account) values ('s', 'root')`;
    await lake.api('POST', '/rses/ONE', {});
    await lake.api('POST', '/replicas', {
      rse: 'ONE',
      files: [{ scope: 's', name: 'read', bytes: 1, adler32: '00000001' }],
    });
  });
  after(() => lake.stop());

  test('a read is kept and noted at the file and the copy', async () => {
    const trace = {
      eventType: 'download',
      scope: 's',
      filename: 'read',
      remoteSite: 'ONE',
      clientState: 'DONE',
      long: 314314314314314,
    };
    assert.equal((await send([trace, { uuid: 'x' }])).status, 201);
    const { sql } = lake.lake;
    const [kept] = await sql`select trace from traces where trace ->> 'filename' = 'read'`;
    assert.equal(kept!.trace.traceIp, '127.0.0.1');
    const [did] = await sql`select access_cnt, accessed_at from dids where name = 'read'`;
    assert.equal(did!.access_cnt, 1);
    assert.equal((await sql`select from replicas where accessed_at is not null`).length, 1);
  });

  test('what is no trace is refused', async () => {
    for (const body of ['', 'x', '7', '[7]', '{"a":"\\u0000"}'])
      assert.equal((await send(body)).status, 400, body);
    assert.equal((await send('[]')).status, 201);
  });
});
