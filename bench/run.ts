// Every figure of bench/README.md: a fresh lake per round, the shared load driver, own steps for what it lacks.
// usage: node bench/run.ts --drivers DIR [--python PATH] [--rounds 3] [--out results.jsonl]
//   [--only catalogue|daemons|up|idle] [--patience SECONDS] [--rucio VENV [--rucio-rounds 1]]
// or: node bench/run.ts --from results.jsonl (prints the table of measurements that were kept)
// With --rucio, a venv that has 'rucio[postgresql]', a real Rucio does the same work in the same run.
// Before each step it waits, up to the patience, for a second in which others leave the machine alone.
import { appendFileSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Sql } from '@leman/foundation';
import { createDriver, type Line, runToEnd } from './drive.ts';
import { untilQuiet } from './processes.ts';
import { startRucio } from './rucio/rucio-side.ts';
import { type Side, type Stage, startLeman } from './sides.ts';
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
    rucio: { type: 'string', default: '' },
    'rucio-rounds': { type: 'string', default: '1' },
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

/** A fresh catalogue of one side with the mock topology, for the steps of `work`; its lines carry its name. */
const withSide = async (
  round: number,
  start: () => Promise<Side>,
  work: (tools: {
    side: Side;
    step(...words: [string, ...string[]]): Promise<void>;
    rule(...words: string[]): Promise<void>;
    stage(name: Stage, left: (sql: Sql) => Promise<number>): Promise<void>;
  }) => Promise<void>,
): Promise<void> => {
  const side = await start();
  const { url: base, watch } = side;
  const login = { user: 'ddmlab', password: 'secret' };
  const databaseApart = side.name === 'rucio';
  const bench = createDriver({ python, drivers, base, ...login, watch, databaseApart });
  const named = (made: readonly Line[]) => made.map((line) => ({ ...line, side: side.name }));
  const step = (...words: [string, ...string[]]) => keep(round, async () => named(await bench(...words)));
  try {
    await bench('setup', '--limits');
    await work({
      side,
      step,
      rule: (...words) =>
        step('rule', '--asynchronous', ...(side.injector ? ['--daemon', side.injector] : []), ...words),
      stage: (name, left) => keep(round, async () => named([await measureStage({ side, name, left })])),
    });
  } finally {
    await side.stop();
  }
};

/** What is asked and registered, and a large rule; no conveyor runs, as on the other side. */
const measureCatalogue = (round: number, start: () => Promise<Side>): Promise<void> =>
  withSide(round, start, async ({ step, rule }) => {
    await step('get', '--secs', '4', '--conc', round === 1 ? '1,8,32' : '8');
    await step('replicas', '--n', '20000');
    await step('replicas', '--n', '20000', '--lo', '20000', '--c', '4');
    await step('replicas', '--n', '60000', '--lo', '40000', '--c', '2');
    await step('attach', '--n', '100000', '--dataset', 'b1.ds');
    await step('attach', '--n', '10000', '--dataset', 'b1.k10');
    await step('lists');
    await rule('--dataset', 'b1.ds', '--n', '100000');
  });

/** One daemon after the other, each in a process of its own. */
const measureDaemons = (round: number, start: () => Promise<Side>): Promise<void> =>
  withSide(round, start, async ({ side, step, rule, stage }) => {
    await step('replicas', '--n', '20000', '--c', '2');
    await step('attach', '--n', '10000', '--dataset', 'b1.k10');
    await rule('--dataset', 'b1.k10', '--n', '10000');
    await step('attach', '--n', '10000', '--lo', '10000', '--dataset', 'b1.k10');
    await stage('evaluate', async (db) => {
      const [row] = await db<{ locks: number }[]>`
        select sum(locks_ok_cnt + locks_replicating_cnt + locks_stuck_cnt) as locks from rules where name = 'b1.k10'`;
      return 20_000 - row!.locks;
    });
    await side.mockTransfers();
    await stage('conveyor', async (db) => {
      const [row] = await db<{ requests: number }[]>`select count(*) as requests from requests`;
      return row!.requests;
    });
    await side.greedyDeletion();
    await step('tombstone', '--n', '20000');
    await stage('reaper', async (db) => {
      const [row] = await db<{ copies: number }[]>`
        select count(*) as copies from replicas where lock_cnt = 0 and tombstone is not null`;
      return row!.copies;
    });
  });

const startRucioHere = () => startRucio(resolve(values.rucio));
for (let round = 1; round <= Number(values.rounds); round += 1) {
  const rucioToo = values.rucio && round <= Number(values['rucio-rounds']);
  for (const start of rucioToo ? [startRucioHere, startLeman] : [startLeman]) {
    if (!values.only || values.only === 'catalogue') await measureCatalogue(round, start);
    if (!values.only || values.only === 'daemons') await measureDaemons(round, start);
  }
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
