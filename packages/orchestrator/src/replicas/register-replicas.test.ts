import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '@leman/foundation/testing';
import { findDids } from '../dids/find-dids.ts';
import { registerDids } from '../dids/register-dids.ts';
import { resolveFiles } from '../dids/resolve-files.ts';
import { migrationsDirectory } from '../orchestrator.ts';
import { type NewReplica, registerReplicas } from './register-replicas.ts';

describe('registering replicas', () => {
  let database: TestDatabase;
  let rseId: string;
  const now = new Date('2026-11-20T00:00:00Z');
  const file = (name: string, more: Partial<NewReplica> = {}): NewReplica => ({
    scope: 's',
    name,
    bytes: 10,
    adler32: '0cc737eb',
    ...more,
  });
  const register = (files: NewReplica[]) =>
    database.sql.begin((tx) => registerReplicas(tx, { rseId, files, account: 'root', now }));
  const names = async (name: string) => await database.sql`select * from dids where name = ${name}`;

  before(async () => {
    database = await createTestDatabase({ orchestrator: migrationsDirectory });
    const { sql } = database;
    await sql`insert into accounts (account, account_type) values ('root', 'SERVICE')`;
    await sql`insert into scopes (scope, account) values ('s', 'root')`;
    rseId = (await sql<{ id: string }[]>`insert into rses (rse) values ('ONE') returning id`)[0]!.id;
  });

  after(() => database.drop());

  test('files get a DID and a replica once, and the counters follow', async () => {
    assert.deepEqual((await register([file('a'), file('b')])).fresh, new Set([0, 1]));
    const again = await register([file('b'), file('c')]);
    assert.deepEqual(again.fresh, new Set([1]));
    assert.equal(again.ids.length, 2);
    const [counter] = await database.sql`select files, bytes from rse_counters_now where rse_id = ${rseId}`;
    assert.deepEqual({ ...counter }, { files: 3, bytes: 30 });
  });

  test('where the copy of before is still to be deleted, none is taken: it would go with it', async () => {
    const { sql } = database;
    const {
      ids: [leaving, left, wanted],
    } = await register([file('leaving'), file('left'), file('wanted')]);
    await sql`update replicas set state = 'B' where did_id = ${leaving!}`;
    await sql`update replicas set state = 'U', tombstone = 'epoch' where did_id = ${left!}`;
    await sql`update replicas set state = 'U', lock_cnt = 1 where did_id = ${wanted!}`;
    for (const name of ['leaving', 'left'])
      await assert.rejects(register([file('next'), file(name)]), { name: 'ResourceTemporaryUnavailable' });
    assert.equal((await names('next')).length, 0);
    await register([file('wanted')]);
    await sql`delete from replicas where did_id = any(${[leaving!, left!, wanted!]}::bigint[])`;
    await sql`delete from dids where id = any(${[leaving!, left!, wanted!]}::bigint[])`;
    await sql`insert into rse_counter_deltas (rse_id, files, bytes) values (${rseId}, -3, -30)`;
  });

  test('a dataset that holds the file counts the new copy', async () => {
    const { sql } = database;
    const [dataset] = await registerDids(
      sql,
      [{ scope: 's', name: 'held', did_type: 'D', account: 'root' }],
      now,
    );
    await register([file('h1')]);
    const [two] = await sql<{ id: string }[]>`insert into rses (rse) values ('TWO') returning id`;
    const [h1] = await findDids(sql, [{ scope: 's', name: 'h1' }]);
    await sql`insert into contents (parent_id, child_id) values (${dataset!}, ${h1!.id})`;
    await sql.begin((tx) =>
      registerReplicas(tx, { rseId: two!.id, files: [file('h1')], account: 'root', now }),
    );
    const [counted] =
      await sql`select length, bytes, available_length from collection_replicas_now where rse_id = ${two!.id}`;
    assert.deepEqual({ ...counted }, { length: 1, bytes: 10, available_length: 1 });
    const found = [];
    for await (const batch of resolveFiles(sql, [dataset!])) found.push(...batch);
    assert.deepEqual(
      found.map((entry) => [entry.name, entry.dataset_id]),
      [['h1', dataset]],
    );
  });

  test('other bytes under a known name are refused and nothing changes', async () => {
    await register([file('fixed')]);
    for (const more of [{ bytes: 11 }, { adler32: 'ffffffff' }]) {
      await assert.rejects(register([file('never'), file('fixed', more)]), {
        name: 'FileConsistencyMismatch',
        status: 412,
      });
    }
    assert.equal((await names('never')).length, 0);
  });

  test('an unknown scope and the name of a collection are refused', async () => {
    await assert.rejects(register([file('x', { scope: 'nowhere' })]), { name: 'ScopeNotFound' });
    await registerDids(database.sql, [{ scope: 's', name: 'taken', did_type: 'C', account: 'root' }], now);
    await assert.rejects(register([file('taken')]), { name: 'DataIdentifierAlreadyExists' });
    await assert.rejects(
      registerDids(database.sql, [{ scope: 's', name: 'taken', did_type: 'D', account: 'root' }], now),
      {
        name: 'DataIdentifierAlreadyExists',
      },
    );
  });
});
