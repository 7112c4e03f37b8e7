import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isConnectionLoss, openDatabase, type Queryable, type Sql } from './database.ts';
import { mend } from './load-postgres.ts';
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts';

test('the installed driver is the one that the mending was made for; another is refused', async () => {
  for (const file of ['connection.js', 'query.js', 'index.js']) {
    const source = await readFile(new URL(file, import.meta.resolve('postgres')), 'utf8');
    assert.notEqual(mend(file, source), source);
    assert.throws(() => mend(file, 'another version'), /npm ci/);
  }
  assert.equal(mend('types.js', 'as it is'), undefined);
});

describe('a connection that the server ends', () => {
  let operator: TestDatabase;
  let database: TestDatabase;
  /** One connection: whoever comes next gets the one made in place of the lost one. */
  let sql: Sql;
  before(async () => {
    operator = await createTestDatabase({});
    database = await createTestDatabase({});
    sql = openDatabase({ url: database.url, schema: 'public', max: 1 });
    await sql`create table kept (n int primary key)`;
  });
  after(async () => {
    await sql.end({ timeout: 1 });
    await database.drop();
    await operator.drop();
  });

  const backend = async (of: Queryable): Promise<number> =>
    (await of<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]!.pid;
  const end = async (pid: number) => {
    await operator.sql`select pg_terminate_backend(${pid})`;
    for (;;) {
      const [left] = await operator.sql`select from pg_stat_activity where pid = ${pid}`;
      if (!left) break;
    }
    await sleep(20);
  };
  const kept = async () => (await sql<{ n: number }[]>`select n from kept order by n`).map((row) => row.n);

  test('its transaction runs nothing on the connection made in its place', async () => {
    const gate = Promise.withResolvers<void>();
    const late: unknown[] = [];
    const lost = sql.begin(async (tx) => {
      await tx`insert into kept values (1)`;
      gate.resolve();
      await over.promise;
      // Work that does not know yet: neither statement may reach the database.
      late.push(await tx`insert into kept values (2)`.catch((error) => error));
      late.push(await tx`rollback`.catch((error) => error));
    });
    const over = Promise.withResolvers<void>();
    const ended = assert.rejects(lost, isConnectionLoss);
    await gate.promise;
    const [{ pid }] = (await operator.sql<{ pid: number }[]>`
      select pid from pg_stat_activity where state = 'idle in transaction'
        and datname = ${sql.options.database}`) as unknown as [{ pid: number }];
    const next = sql.begin(async (tx) => {
      await tx`insert into kept values (3)`;
      over.resolve();
      await sleep(50);
      await tx`insert into kept values (4)`;
    });
    await end(pid);
    await ended;
    await next;
    assert.deepEqual(late.map(isConnectionLoss), [true, true]);
    assert.deepEqual(await kept(), [3, 4]);
  });

  test('statements waiting inside its transaction are answered', async () => {
    const answers: unknown[] = [];
    await assert.rejects(
      sql.begin(async (tx) => {
        const pid = await backend(tx);
        const waiting = [1, 2, 3].map(() => tx`select pg_sleep(20)`.catch((error) => error));
        await end(pid);
        answers.push(...(await Promise.all(waiting)));
      }),
      isConnectionLoss,
    );
    while (answers.length < 3) await sleep(5);
    assert.deepEqual(answers.map(isConnectionLoss), [true, true, true]);
  });

  test('whoever waits for a connection gets one, and not the failure of the old one', async () => {
    const pid = await backend(sql);
    const cut = assert.rejects(sql`select pg_sleep(20)`, isConnectionLoss);
    await sleep(20);
    const reservation = sql.reserve();
    const after = sql`select 1 as one`;
    await end(pid);
    await cut;
    const connection = await reservation;
    assert.equal((await connection`select 2 as two`)[0]!.two, 2);
    connection.release();
    assert.equal((await after)[0]!.one, 1);
  });

  test('a reservation that lost its connection is told, and gives nothing back', async () => {
    const reserved = await sql.reserve();
    await end(await backend(reserved));
    await assert.rejects(reserved`select 1`, isConnectionLoss);
    // Nor does it speak on the connection made in its place.
    await sql`select 1`;
    await assert.rejects(reserved`select 1`, isConnectionLoss);
    reserved.release();
    const other = await sql.reserve();
    await end(await backend(other));
    other.release();
    const [one, two] = await Promise.all([backend(sql), backend(sql)]);
    assert.equal(one, two);
  });

  test('a list whose reader is at work when it is cut fails; it neither ends early nor disturbs another', async () => {
    const pid = await backend(sql);
    const list = () =>
      sql`select generate_series(1, 100)`.cursor(10)[Symbol.asyncIterator]() as AsyncIterator<unknown[]>;
    const [cut, other] = [list(), list()];
    assert.equal((await cut.next()).value.length, 10);
    await end(pid);
    let seen = (await other.next()).value.length;
    await assert.rejects(cut.next(), isConnectionLoss);
    await cut.return?.();
    for (let page = await other.next(); !page.done; page = await other.next()) seen += page.value.length;
    assert.equal(seen, 100);
  });

  test('a statement given to it at the moment of its end is told, and the next one is answered', async () => {
    for (let round = 0; round < 20; round++) {
      // The end arrives while the statement waits to be written: nothing is read from the socket before.
      process.kill(await backend(sql), 'SIGTERM');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
      const late = await sql`select 1 as one`.catch((error) => error);
      assert.ok(isConnectionLoss(late) || late[0]?.one === 1, String(late));
      assert.equal((await sql`select 2 as two`.catch(() => sql`select 2 as two`))[0]!.two, 2);
    }
  });

  test('a server that closes each connection at once: everybody is told, and served when it is back', async () => {
    let away = true;
    const socketPath = String((sql.options as { path?: string }).path);
    const gate = createServer((client) => {
      if (away) return void client.destroy();
      const server = connect(socketPath);
      client.pipe(server).pipe(client);
      for (const side of [client, server]) side.on('error', () => undefined);
    });
    gate.listen(0, '127.0.0.1');
    await once(gate, 'listening');
    const { port } = gate.address() as AddressInfo;
    const { user, database: name } = sql.options;
    const far = openDatabase({
      url: `postgres://${user}@127.0.0.1:${port}/${name}`,
      schema: 'public',
      max: 1,
    });
    try {
      await assert.rejects(
        far`select 1`.then(() => undefined),
        isConnectionLoss,
      );
      await assert.rejects(far.reserve(), isConnectionLoss);
      away = false;
      assert.equal((await far`select 1 as one`)[0]!.one, 1);
      assert.equal((await far`select 2 as two`)[0]!.two, 2);
    } finally {
      await far.end({ timeout: 1 });
      gate.close();
    }
  });

  test('everybody is answered while connections end as they are opened', async () => {
    let cutting = true;
    const cuts = (async () => {
      for (let round = 0; round < 60; round++) {
        await sleep(round % 9);
        await operator.sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = ${sql.options.database}`;
      }
      cutting = false;
    })();
    while (cutting) {
      const answer = await sql`select 1 as one`.catch((error) => error);
      assert.ok(isConnectionLoss(answer) || answer[0]?.one === 1, String(answer));
      const reserved = await sql.reserve().catch((error) => error);
      if (reserved instanceof Error) assert.ok(isConnectionLoss(reserved), String(reserved));
      else reserved.release();
    }
    await cuts;
    assert.equal((await sql`select array[1, 2] as list`)[0]!.list[1], 2);
  });

  test('a transaction that fills the pipeline of a busy connection has it for itself', async () => {
    const strangers: Promise<unknown>[] = [];
    for (let index = 0; index < 100; index++) strangers.push(sql.unsafe(`select ${index}`).execute());
    const own = sql.begin(async (tx) => {
      const [first] = await tx`select txid_current() as id`;
      await sleep(20);
      const [second] = await tx`select txid_current() as id`;
      return first!.id === second!.id;
    });
    for (let index = 0; index < 50; index++) strangers.push(sql.unsafe(`select ${index}`).execute());
    assert.equal(await own, true);
    await Promise.all(strangers);
  });
});
