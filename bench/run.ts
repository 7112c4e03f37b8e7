// Every figure of bench/README.md: a fresh lake per round, the shared load driver, own steps for what it lacks.
// usage: node bench/run.ts --drivers DIR [--python PATH] [--rounds 3] [--out results.jsonl]
//   [--only catalogue|daemons|up|idle] [--patience SECONDS]
// or: node bench/run.ts --from results.jsonl (prints the table of measurements that were kept)
// Before each step it waits, up to the patience, for a second in which others leave the machine alone.
import { appendFileSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatabase, type Sql } from '@leman/foundation';
import { createDriver, type Line, runToEnd, startRunning } from './drive.ts';
import { untilQuiet } from './processes.ts';
import { measureStage } from './stage.ts';
import { printTable } from './table.ts';
import { measureUp } from './whole-lake.ts';

const { values } = parseArgs({
  options: {
    drivers: { type: 'string', default: process.env.BENCH_DRIVERS ?? '' },
    python: { type: 'string', default: process.env.BENCH_PYTHON ?? 'python3' },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string', default: '' },
    only: { type: 'string', default: '' },
    from: { type: 'string', default: '' },
    patience: { type: 'string', default: '20' },
  },
});
if (values.from) {
  const kept = readFileSync(values.from, 'utf8').split('\n').filter(Boolean);
  printTable(kept.map((line) => JSON.parse(line) as Line));
  process.exit();
}
if (!values.drivers) throw new Error('Say where bench.py is: --drivers DIR.');
const lines: Line[] = [];
const keep = async (round: number, work: () => Promise<readonly Line[]>) => {
  const busyBefore = await untilQuiet(Number(values.patience));
  for (const line of await work()) {
    const whole = {
      ...line,
      round,
      busy_before: busyBefore,
      load: Math.round(loadavg()[0]! * 10) / 10,
    };
    lines.push(whole);
    console.log(JSON.stringify(whole));
    if (values.out) appendFileSync(values.out, `${JSON.stringify(whole)}\n`);
  }
};
const { drivers, python } = values;
const JUDGE = ['judge-injector', 'judge-evaluator', 'judge-repairer', 'abacus-account', 'abacus-rse'];
const CONVEYOR = ['conveyor-submitter', 'conveyor-poller', 'conveyor-finisher', 'conveyor-preparer'];

/** A lake of one process with the API and the daemons that only lay out and count, for the steps of `work`. */
const withParts = async (
  round: number,
  work: (tools: {
    step(...words: [string, ...string[]]): Promise<void>;
    stage(name: string, daemons: readonly string[], left: (sql: Sql) => Promise<number>): Promise<void>;
    sql: Sql;
  }) => Promise<void>,
): Promise<void> => {
  const home = await mkdtemp(join(tmpdir(), 'leman-bench-'));
  const server = await startRunning<{ pid: number; url: string; databaseUrl: string; databasePid: number }>([
    new URL('part.ts', import.meta.url).pathname,
    JSON.stringify({
      home,
      database: true,
      api: true,
      daemons: ['judge-injector', 'abacus-rse', 'abacus-account'],
    }),
  ]);
  const { url, pid, databaseUrl, databasePid: database } = server.ready;
  const sql = openDatabase({ url: databaseUrl, schema: 'orchestrator', max: 2 });
  const watch = { server: pid, pg: database };
  const bench = createDriver({ python, drivers, base: url, user: 'ddmlab', password: 'secret', watch });
  try {
    await bench('setup', '--limits');
    await work({
      sql,
      step: async (...words) => keep(round, () => bench(...words)),
      stage: async (step, daemons, left) =>
        keep(round, async () => [await measureStage({ step, home, sql, database, daemons, left })]),
    });
  } finally {
    await sql.end();
    await server.stop();
    await rm(home, { recursive: true, force: true });
  }
};

/** What is asked and registered, and a large rule; no conveyor runs, as on the other side. */
const measureCatalogue = (round: number): Promise<void> =>
  withParts(round, async ({ step }) => {
    await step('get', '--secs', '4', '--conc', round === 1 ? '1,8,32' : '8');
    await step('replicas', '--n', '20000');
    await step('replicas', '--n', '20000', '--lo', '20000', '--c', '4');
    await step('replicas', '--n', '60000', '--lo', '40000', '--c', '2');
    await step('attach', '--n', '100000', '--dataset', 'b1.ds');
    await step('attach', '--n', '10000', '--dataset', 'b1.k10');
    await step('lists');
    await step('rule', '--dataset', 'b1.ds', '--n', '100000', '--asynchronous');
  });

/** One daemon after the other, each in a process of its own. */
const measureDaemons = (round: number): Promise<void> =>
  withParts(round, async ({ step, stage, sql }) => {
    await step('replicas', '--n', '20000', '--c', '2');
    await step('attach', '--n', '10000', '--dataset', 'b1.k10');
    await step('rule', '--dataset', 'b1.k10', '--n', '10000', '--asynchronous');
    await step('attach', '--n', '10000', '--lo', '10000', '--dataset', 'b1.k10');
    await stage('evaluate', JUDGE, async (db) => {
      const [row] = await db<{ locks: number }[]>`
        select sum(locks_ok_cnt + locks_replicating_cnt + locks_stuck_cnt) as locks from rules where name = 'b1.k10'`;
      return 20_000 - row!.locks;
    });
    await sql`insert into config (section, option, value) values ('conveyor', 'transfertool', 'mock')`;
    await stage('conveyor', CONVEYOR, async (db) => (await db`select from requests`).count);
    await sql`
      insert into rse_attributes (rse_id, key, value)
      select id, 'greedyDeletion', 'true' from rses where rse = 'BENCH-SRC'`;
    await step('tombstone', '--n', '20000');
    await stage('reaper', ['reaper'], async (db) => {
      const [row] = await db<{ copies: number }[]>`
        select count(*) as copies from replicas where lock_cnt = 0 and tombstone is not null`;
      return row!.copies;
    });
  });

for (let round = 1; round <= Number(values.rounds); round += 1) {
  if (!values.only || values.only === 'catalogue') await measureCatalogue(round);
  if (!values.only || values.only === 'daemons') await measureDaemons(round);
}
if (!values.only || values.only === 'up') {
  for (let round = 1; round <= Number(values.rounds); round += 1)
    await keep(round, () => measureUp({ python, drivers }));
}
if (!values.only || values.only === 'idle') {
  for (const [program, word] of [
    ['idle-latency.ts', '40'],
    ['idle-memory.ts', '30'],
  ]) {
    await keep(1, async () => {
      const out = await runToEnd(process.execPath, [new URL(program!, import.meta.url).pathname, word!]);
      return [JSON.parse(out.trim().split('\n').at(-1)!) as Line];
    });
  }
}
printTable(lines);
