// Memory of a whole lake (`leman up` with its samples), idle, PostgreSQL included.
// usage: node bench/idle-memory.ts [seconds to wait]
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLake } from '../conformance/lake.ts';
import { cpuOf, postgresOf, pssOf, treeOf } from './processes.ts';

const lake = await startLake();
try {
  const data = ['postgres/data', 'database/data', 'data']
    .map((name) => join(lake.home, name))
    .find((path) => existsSync(join(path, 'postmaster.pid')));
  const database = data ? postgresOf(data) : undefined;
  if (database === undefined) throw new Error('The database of the lake was not found in its home.');
  // The database is a child of leman.
  const all = () => treeOf(lake.ready.pid);
  const own = () => {
    const theirs = new Set(treeOf(database));
    return all().filter((pid) => !theirs.has(pid));
  };
  const before = cpuOf(all());
  const seconds = Number(process.argv[2] ?? 30);
  await sleep(seconds * 1000);
  const mib = (pids: number[]) => Math.round(pssOf(pids) / 2 ** 20);
  console.log(
    JSON.stringify({
      step: 'idle-memory',
      leman_pss_mib: mib(own()),
      postgres_pss_mib: mib(treeOf(database)),
      total_pss_mib: mib(all()),
      idle_cpu_percent: Math.round(((cpuOf(all()) - before) / seconds) * 1000) / 10,
    }),
  );
} finally {
  await lake.stop();
}
