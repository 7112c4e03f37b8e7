import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { sqlState } from './database.ts';
import { migrate } from './migrate.ts';
import { createTestDatabase } from './testing/test-database.ts';
import { sharedWakeups } from './wakeups.ts';

test('migrations run once, in order, and refuse a file that changed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'leman-migrations-'));
  const database = await createTestDatabase({});
  try {
    await writeFile(join(directory, '0001-one.sql'), 'create table one (id int);');
    await writeFile(join(directory, '0002-two.sql'), 'create table two (id int references nothing);');
    await assert.rejects(migrate(database.sql, 'trial', directory), /0002-two.sql failed/);
    await writeFile(join(directory, '0002-two.sql'), 'create table two (id int);');
    assert.deepEqual(await migrate(database.sql, 'trial', directory), ['0002-two.sql']);
    assert.deepEqual(await migrate(database.sql, 'trial', directory), []);
    await writeFile(join(directory, '0001-one.sql'), 'create table uno (id int);');
    await assert.rejects(migrate(database.sql, 'trial', directory), /0001-one.sql changed after it ran/);
  } finally {
    await database.drop();
    await rm(directory, { recursive: true, force: true });
  }
});

test('types: numbers beyond 2^53 are refused, ids lose their dashes, arrays keep them out too', async () => {
  const { sql, drop } = await createTestDatabase({});
  try {
    const [row] = await sql`
      select 9007199254740991::bigint as big, 1.5::numeric as sum, '01234567-89ab-cdef-0123-456789abcdef'::uuid as id,
             array['01234567-89ab-cdef-0123-456789abcdef'::uuid] as ids, array[1::bigint, 2] as numbers`;
    assert.deepEqual(
      { ...row },
      {
        big: 9007199254740991,
        sum: 1.5,
        id: '0123456789abcdef0123456789abcdef',
        ids: ['0123456789abcdef0123456789abcdef'],
        numbers: [1, 2],
      },
    );
    const [kept] = await sql`select 10::bigint as n, ${'0123456789abcdef0123456789abcdef'}::uuid as id`;
    assert.equal(kept!.n, 10);
    await assert.rejects(sql`select 1 / 0`, (error) => sqlState(error) === '22012');
  } finally {
    await drop();
  }
});

test('a wake-up reaches the other process by way of the database', async () => {
  const { sql, drop } = await createTestDatabase({});
  const [here, there] = [await sharedWakeups(sql), await sharedWakeups(sql)];
  try {
    const heard = new Promise<void>((resolve) => there.on('judge-evaluator', resolve));
    here.wake('judge-evaluator');
    await heard;
  } finally {
    await Promise.all([here.close(), there.close()]);
    await drop();
  }
});
