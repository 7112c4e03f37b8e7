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
  const groups = { leman: treeOf(lake.ready.pid), postgres: data ? treeOf(postgresOf(data)) : [] };
  const before = cpuOf(Object.values(groups).flat());
  const seconds = Number(process.argv[2] ?? 30);
  await sleep(seconds * 1000);
  const now = { leman: treeOf(lake.ready.pid), postgres: data ? treeOf(postgresOf(data)) : [] };
  const mib = (pids: number[]) => Math.round(pssOf(pids) / 2 ** 20);
  const pids = [...new Set(Object.values(now).flat())];
  console.log(
    JSON.stringify({
      step: 'idle-memory',
      leman_pss_mib: mib(now.leman),
      postgres_pss_mib: mib(now.postgres),
      total_pss_mib: mib(pids),
      idle_cpu_percent: Math.round(((cpuOf(pids) - before) / seconds) * 1000) / 10,
    }),
  );
} finally {
  await lake.stop();
}
