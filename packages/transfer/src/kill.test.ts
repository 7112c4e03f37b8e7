import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestDatabase } from '@leman/foundation/testing';
import { startHttpStorage } from '@leman/protocols/testing';
import { createIssuer } from '@leman/tokens';
import { migrations } from './testing/transfer-bench.ts';

const FILES = 150;

test('killed in the middle again and again: every file arrives, has one outcome, and nothing is left over', async () => {
  const home = await mkdtemp(join(tmpdir(), 'leman-kill-'));
  const database = await createTestDatabase(migrations);
  const [source, destination] = await Promise.all([
    startHttpStorage({ host: '127.0.0.2' }),
    startHttpStorage({ host: '127.0.0.3' }),
  ]);
  // Writes in place, as slow as a storage is, and leaves an empty file when a copy breaks off.
  destination.faults = { inPlace: true, delay: (method) => (method === 'copying' ? 30 : 0) };
  const issuer = createIssuer({ keyFile: join(home, 'issuer.pem'), issuer: 'https://issuer.test' });
  const token = issuer.mint({
    subject: 'admin',
    audience: 'https://transfer.test',
    scopes: '',
    lifetimeSeconds: 600,
  });
  const options = {
    databaseUrl: database.url,
    host: '127.0.0.1',
    port: 0,
    issuers: [{ issuer: 'https://issuer.test', keys: issuer.jwks().keys }],
    audience: 'https://transfer.test',
    adminSubjects: ['admin'],
    stateDir: home,
    config: { retryFirstSeconds: 0.05, storageMaxActive: 20 },
  };
  const start = async () => {
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(import.meta.dirname, 'testing', 'transfer-child.ts'),
        JSON.stringify(options),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, url: String(line).trim() };
  };
  const finished = async () =>
    (await database.sql`select count(*) as files from transfer.files where file_state = 'FINISHED'`)[0]
      ?.files as number;
  let running = await start();
  try {
    const files = Array.from({ length: FILES }, (_, index) => {
      source.files.set(`/f${index}`, { content: Buffer.from(`content ${index}`), modifiedAt: new Date() });
      return {
        sources: [`${source.url}/f${index}`],
        destinations: [`${destination.url}/f${index}`],
        source_tokens: ['s'],
        destination_tokens: ['d'],
      };
    });
    const answer = await fetch(`${running.url}/jobs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ files, params: { verify_checksum: 'target', retry: 0 } }),
    });
    assert.equal(answer.status, 200);
    for (const share of [0.1, 0.4, 0.7]) {
      while ((await finished()) < FILES * share) await new Promise((resolve) => setTimeout(resolve, 5));
      running.child.kill('SIGKILL');
      await once(running.child, 'exit');
      running = await start();
    }
    while ((await database.sql`select 1 from transfer.jobs where job_finished is null`).length)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await finished(), FILES);
    for (let index = 0; index < FILES; index++)
      assert.equal(destination.files.get(`/f${index}`)?.content.toString(), `content ${index}`);
    const outcomes = await database.sql`
      select count(*) as events, count(distinct payload ->> 'file_id') as files from transfer.events where payload ->> 'kind' = 'complete'`;
    assert.deepEqual({ ...outcomes[0] }, { events: FILES, files: FILES });
    const numbers =
      await database.sql`select min(seq) as least, max(seq) as last, count(*) as events from transfer.events`;
    assert.equal(numbers[0]?.last, numbers[0]?.events);
    // Tokens survived the kills (sealed), and are gone now.
    assert.deepEqual(new Set(destination.tokens), new Set(['Bearer d']));
    assert.equal(
      (await database.sql`select 1 from transfer.files where sealed_tokens is not null`).length,
      0,
    );
  } finally {
    running.child.kill('SIGKILL');
    await database.drop();
    await Promise.all([source.stop(), destination.stop(), rm(home, { recursive: true, force: true })]);
  }
});
