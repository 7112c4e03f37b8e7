import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { openDatabase } from './database.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { isAlive } from './is-alive.ts';
import { silentLog } from './log.ts';

test('a killed server starts again with what was committed, a running one is adopted', async () => {
  const home = await mkdtemp(join(tmpdir(), 'leman-pg-'));
  try {
    const first = await startEmbeddedPostgres({ home, log: silentLog });
    const sql = openDatabase({ url: first.url, schema: 'public', max: 2 });
    await sql`create table kept (id bigint primary key, mark uuid)`;
    await sql`insert into kept values (${2 ** 53 - 1}, '0123456789abcdef0123456789abcdef')`;
    assert.deepEqual(
      [...(await sql`select * from kept`)],
      [{ id: 2 ** 53 - 1, mark: '0123456789abcdef0123456789abcdef' }],
    );
    await sql.end();

    const adopted = await startEmbeddedPostgres({ home, log: silentLog });
    assert.equal(adopted.pid, first.pid);

    process.kill(first.pid, 'SIGKILL');
    const second = await startEmbeddedPostgres({ home, log: silentLog });
    assert.notEqual(second.pid, first.pid);
    const again = openDatabase({ url: second.url, schema: 'public', max: 1 });
    assert.equal((await again`select count(*) as n from kept`)[0]!.n, 1);
    await again.end();
    await second.stop();
    assert.equal(isAlive(second.pid), false);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
