// One process of a lake under measurement: the catalogue's API and the daemons that are named, nothing else.
// usage: node bench/part.ts '{"home": "...", "database": true, "api": true, "daemons": ["judge-injector"]}'
// Prints one line of JSON when it is ready. With "database" it runs the embedded PostgreSQL of the home too.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLog, startEmbeddedPostgres } from '@leman/foundation';
import { bootstrapRoot, startOrchestrator } from '@leman/orchestrator';
import { createIssuer } from '@leman/tokens';

const { home, database, api, daemons } = JSON.parse(process.argv[2] ?? '{}') as {
  home: string;
  database?: boolean;
  api?: boolean;
  daemons: string[];
};
const log = createLog('warn');
mkdirSync(home, { recursive: true });
const address = join(home, 'database.json');
const server = database ? await startEmbeddedPostgres({ home: join(home, 'pg'), log }) : undefined;
if (server) writeFileSync(address, JSON.stringify({ url: server.url, pid: server.pid }));
const { url: databaseUrl } = JSON.parse(readFileSync(address, 'utf8')) as { url: string };
const orchestrator = await startOrchestrator({
  databaseUrl,
  host: '127.0.0.1',
  port: 0,
  issuer: createIssuer({ keyFile: join(home, 'issuer.pem'), issuer: 'http://127.0.0.1' }),
  settings: {
    version: 'bench',
    transferUrl: undefined,
    ca: undefined,
    tokenLifetime: 36_000,
    storageTokenLifetime: 3600,
    ruleDeletionDelay: 3600,
    ownerMayDeleteRules: true,
    backgroundLocks: 10_000,
  },
  log,
  daemons,
  api: api === true,
});
if (api) await bootstrapRoot(orchestrator.lake, { username: 'ddmlab', password: 'secret' });
const stop = async () => {
  await orchestrator.stop();
  await server?.stop();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
console.log(
  JSON.stringify({ url: orchestrator.url, pid: process.pid, databaseUrl, databasePid: server?.pid }),
);
