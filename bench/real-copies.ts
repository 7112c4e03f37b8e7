// Real bytes: how many small files `leman up` copies between two of its storages in a second (TLS, checksums verified
// at both ends), from POST /rules to the last copy being available, and what a copy costs.
// usage: node bench/real-copies.ts [files]
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLake } from '../conformance/lake.ts';
import { cpuOf, postgresOf, treeOf } from './processes.ts';

const files = Number(process.argv[2] ?? 2000);
const lake = await startLake({ words: ['--empty'] });
const work = await mkdtemp(join(tmpdir(), 'leman-copies-'));
try {
  await lake.api('POST', '/accounts/root/scopes/bench');
  await mkdir(join(work, 'many'));
  for (let i = 0; i < files; i++) await writeFile(join(work, 'many', `f${i}`), randomBytes(10_000));
  const started = performance.now();
  const uploaded = await lake.leman(
    ...['upload', '--rse', 'ALPHA-DISK', '--scope', 'bench', '--dataset', 'bench:many', join(work, 'many')],
  );
  if (uploaded.code !== 0) throw new Error(uploaded.stderr);
  const uploadSeconds = (performance.now() - started) / 1000;
  await sleep(2000);
  const node = treeOf(lake.ready.pid);
  const database = treeOf(postgresOf(join(lake.home, 'postgres', 'data')));
  const cpu = () => ({ node: cpuOf(node), database: cpuOf(database) });
  const before = cpu();
  const start = performance.now();
  const posted = await lake.api('POST', '/rules/', {
    dids: [{ scope: 'bench', name: 'many' }],
    account: 'root',
    copies: 1,
    rse_expression: 'BETA-DISK',
  });
  const [id] = posted.json<string[]>();
  while ((await lake.api('GET', `/rules/${id}`)).json<{ state: string }>().state !== 'OK') await sleep(50);
  const seconds = (performance.now() - start) / 1000;
  const after = cpu();
  const perItem = (from: number, to: number) => Number((((to - from) * 1000) / files).toFixed(2));
  console.log(
    JSON.stringify({
      step: 'real-copies',
      n: files,
      upload_rate: Math.round(files / uploadSeconds),
      rate: Math.round(files / seconds),
      node_ms: perItem(before.node, after.node),
      database_ms: perItem(before.database, after.database),
    }),
  );
} finally {
  await lake.stop();
  await rm(work, { recursive: true, force: true });
}
