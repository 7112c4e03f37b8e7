// How long a small file takes, on an idle lake with real storages, from POST /rules to its second copy being available.
// usage: node bench/idle-latency.ts [repeats]
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLake } from '../conformance/lake.ts';

const repeats = Number(process.argv[2] ?? 40);
const lake = await startLake({ words: ['--empty'] });
const work = await mkdtemp(join(tmpdir(), 'leman-latency-'));
try {
  await lake.api('POST', '/accounts/root/scopes/idle');
  for (let i = 0; i < repeats; i++) await writeFile(join(work, `f${i}`), randomBytes(10_000));
  const uploaded = await lake.leman(
    'upload',
    '--rse',
    'ALPHA-DISK',
    '--scope',
    'idle',
    ...Array.from({ length: repeats }, (_, i) => join(work, `f${i}`)),
  );
  if (uploaded.code !== 0) throw new Error(uploaded.stderr);
  await sleep(3000);
  const took: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    const posted = await lake.api('POST', '/rules/', {
      dids: [{ scope: 'idle', name: `f${i}` }],
      account: 'root',
      copies: 1,
      rse_expression: 'BETA-DISK',
    });
    const [id] = posted.json<string[]>();
    while ((await lake.api('GET', `/rules/${id}`)).json<{ state: string }>().state !== 'OK') await sleep(5);
    took.push(performance.now() - start);
    await sleep(300);
  }
  took.sort((a, b) => a - b);
  const at = (share: number) => Math.round(took[Math.min(took.length - 1, Math.floor(took.length * share))]!);
  console.log(
    JSON.stringify({ step: 'idle-latency', n: repeats, p50_ms: at(0.5), p95_ms: at(0.95), max_ms: at(1) }),
  );
} finally {
  await lake.stop();
  await rm(work, { recursive: true, force: true });
}
