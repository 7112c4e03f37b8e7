import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '@leman/foundation';
import { eventually } from './lake.ts';
import { type LakeInParts, startLakeInParts } from './lake-in-parts.ts';

// Every process of a lake is killed with -9 in the middle of 1,000 transfers, and all connections to the database are
// cut. In the end each file is at its destination exactly once, the counters equal the sums, and no partial file stays.

const FILES = 1000;
const [source, destination] = ['ALPHA-DISK', 'BETA-DISK'] as const;
const lines = <T>(text: string): T[] =>
  text
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);

interface Rule {
  state: string;
  locks_ok_cnt: number;
  locks_replicating_cnt: number;
  locks_stuck_cnt: number;
}

describe('kill -9', { timeout: 110_000 }, () => {
  let lake: LakeInParts;
  let work: string;
  const api: LakeInParts['api'] = (...call) => lake.api(...call);

  before(async () => {
    lake = await startLakeInParts({
      parts: { database: 'database', storage: 'storage', transfer: 'transfer', lake: 'api,daemons' },
    });
    work = await mkdtemp(join(tmpdir(), 'leman-files-'));
    await mkdir(join(work, 'many'));
    for (let i = 0; i < FILES; i++)
      await writeFile(join(work, 'many', `f${i}`), randomBytes(1000 + (i % 500)));
  });
  after(async () => {
    await lake?.stop();
    await rm(work, { recursive: true, force: true });
  });

  /** Ends all sessions of the lake and of the transfer service at the database, which itself goes on. */
  const cutConnections = async (): Promise<number> => {
    const { url } = JSON.parse(readFileSync(join(lake.home, 'database.json'), 'utf8')) as { url: string };
    const sql = openDatabase({ url, schema: 'public', max: 1 });
    const cut = await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`;
    await sql.end();
    return cut.length;
  };

  test('kill -9 of the lake, the transfer service, the database and the storages loses and doubles nothing', async () => {
    await api('POST', '/accounts/root/scopes/faults');
    const uploaded = await lake.leman(
      ...['upload', '--rse', source, '--scope', 'faults', '--dataset', 'faults:many', join(work, 'many')],
    );
    assert.equal(uploaded.code, 0, uploaded.stderr);
    const posted = await api('POST', '/rules/', {
      dids: [{ scope: 'faults', name: 'many' }],
      account: 'root',
      copies: 1,
      rse_expression: destination,
    });
    assert.equal(posted.status, 201, posted.text);
    const [id] = JSON.parse(posted.text) as string[];
    const rule = async (): Promise<Rule | undefined> => {
      try {
        const answer = await api('GET', `/rules/${id}`);
        return answer.status === 200 ? (JSON.parse(answer.text) as Rule) : undefined;
      } catch {
        return undefined;
      }
    };
    const killedAt: Record<string, number> = {};
    for (const [group, share] of [
      ['lake', 0.03],
      ['transfer', 0.15],
      ['connections', 0.3],
      ['database', 0.35],
      ['storage', 0.5],
    ] as const) {
      await eventually(`${share * 100} % before killing ${group}`, async () => {
        const now = await rule();
        killedAt[group] = now?.locks_ok_cnt ?? 0;
        return now && now.locks_ok_cnt >= share * FILES;
      });
      if (group === 'connections') {
        assert.ok((await cutConnections()) > 2);
        continue;
      }
      await lake.kill(group);
      await sleep(300);
      await lake.serve(group);
    }
    assert.ok(
      Object.values(killedAt).some((count) => count < FILES),
      `all were done before the first kill: ${JSON.stringify(killedAt)}`,
    );

    const last = await eventually(
      'rule OK',
      async () => {
        const now = await rule();
        return now?.state === 'OK' && now;
      },
      60_000,
    ).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${(await api('GET', `/rules/${id}/explain`)).text.slice(0, 4000)}`);
    });
    assert.deepEqual([last.locks_ok_cnt, last.locks_replicating_cnt, last.locks_stuck_cnt], [FILES, 0, 0]);

    const replicas = lines<{ name: string; states: Record<string, string> }>(
      (await api('POST', '/replicas/list', { dids: [{ scope: 'faults', name: 'many' }], all_states: true }))
        .text,
    );
    assert.equal(replicas.length, FILES);
    assert.equal(
      replicas.filter(
        (file) => file.states[source] === 'AVAILABLE' && file.states[destination] === 'AVAILABLE',
      ).length,
      FILES,
    );

    for (const rse of [source, destination]) {
      const files = readdirSync(join(lake.home, 'storages', rse, 'files'), {
        recursive: true,
        withFileTypes: true,
      }).filter((entry) => entry.isFile());
      assert.equal(
        files.length,
        FILES,
        `${rse}: ${files.slice(0, 3).map((file) => join(file.parentPath, file.name))}`,
      );
    }
    const bytes = Array.from({ length: FILES }, (_, i) => 1000 + (i % 500)).reduce(
      (sum, size) => sum + size,
      0,
    );
    const usage = lines<{ source: string; used: number; files: number }>(
      (await api('GET', `/rses/${destination}/usage?source=rucio`)).text,
    )[0]!;
    assert.deepEqual([usage.used, usage.files], [bytes, FILES]);
    const account = lines<{ bytes: number; files: number }>(
      (await api('GET', `/accounts/root/usage/local/${destination}`)).text,
    )[0]!;
    assert.deepEqual([account.bytes, account.files], [bytes, FILES]);
    assert.deepEqual(
      lines(
        (await api('GET', `/requests/list?src_rse=${source}&dst_rse=${destination}&request_states=Q,S,G,D,F`))
          .text,
      ),
      [],
    );
  });
});
