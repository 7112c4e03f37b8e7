import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@leman/foundation';
import { createTestDatabase } from '@leman/foundation/testing';
import { startTransfer, type Transfer } from './start-transfer.ts';
import { migrations } from './testing/transfer-bench.ts';

test('two services on one database: the second waits, and takes over from one that lost its connection', async () => {
  const database = await createTestDatabase(migrations);
  const start = () =>
    startTransfer({
      databaseUrl: database.url,
      host: '127.0.0.1',
      port: 0,
      issuers: [],
      audience: 'https://transfer.test',
      adminSubjects: [],
      log: silentLog,
    });
  const answers = (service: Transfer) =>
    fetch(`${service.url}/`).then(
      (response) => response.ok,
      () => false,
    );
  const eventually = async (done: () => Promise<boolean> | boolean) => {
    while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const stops: (() => Promise<void>)[] = [];
  try {
    const first = await start();
    stops.push(() => first.stop());
    let second: Transfer | undefined;
    const starting = start().then((started) => {
      second = started;
      stops.push(() => started.stop());
    });
    const waits = () =>
      database.sql`select from pg_stat_activity where application_name = 'leman transfer lock'`.then(
        (rows) => rows.length === 2,
      );
    await eventually(waits);
    assert.equal(second, undefined);
    assert.equal(await answers(first), true);

    // Again when the first was faster to take it back.
    await eventually(async () => {
      await database.sql`
        select pg_terminate_backend(pid) from pg_locks join pg_stat_activity using (pid)
        where locktype = 'advisory' and granted and datname = current_database()`;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return second !== undefined;
    });
    await starting;
    await eventually(async () => !(await answers(first)) && answers(second!));

    await second!.stop();
    await eventually(() => answers(first));
  } finally {
    for (const stop of stops) await stop();
    await database.drop();
  }
});
