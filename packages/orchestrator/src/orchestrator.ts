import { fileURLToPath } from 'node:url';
import {
  type Clock,
  createDaemon,
  createHttpServer,
  type Daemon,
  type HttpServer,
  type Log,
  listen,
  metrics,
  migrate,
  openDatabase,
  sendJson,
  serveOpenApi,
  sharedWakeups,
  systemClock,
} from '@leman/foundation';
import type { Issuer } from '@leman/tokens';
import { accounts } from './accounts/room.ts';
import { config } from './config/room.ts';
import { conventions } from './conventions/room.ts';
import { releaseClaims } from './conveyor/release-claims.ts';
import { conveyor } from './conveyor/room.ts';
import { counters } from './counters/room.ts';
import { dids } from './dids/room.ts';
import { expiry } from './expiry/room.ts';
import { explain } from './explain/room.ts';
import { heartbeats } from './heartbeats/room.ts';
import type { Lake, OrchestratorSettings } from './lake.ts';
import { locks } from './locks/room.ts';
import { messages } from './messages/room.ts';
import { quotas } from './quotas/room.ts';
import { reaper } from './reaper/room.ts';
import { recovery } from './recovery/room.ts';
import { replicas } from './replicas/room.ts';
import { requests } from './requests/room.ts';
import { rses } from './rses/room.ts';
import { rules } from './rules/room.ts';
import { scopes } from './scopes/room.ts';
import { encodeNameSlashes } from './server/did-path.ts';
import { createHeartbeats } from './server/heartbeats.ts';
import { traces } from './traces/room.ts';

/** The rooms, in order: one imports only those before it (messages is open to all). */
export const rooms = [
  accounts,
  config,
  heartbeats,
  scopes,
  rses,
  quotas,
  conventions,
  dids,
  replicas,
  locks,
  rules,
  requests,
  conveyor,
  expiry,
  reaper,
  counters,
  recovery,
  traces,
  explain,
  messages,
];

export const migrationsDirectory = fileURLToPath(new URL('../migrations', import.meta.url));

export interface OrchestratorOptions {
  databaseUrl: string;
  host: string;
  port: number;
  issuer: Issuer;
  settings: Omit<OrchestratorSettings, 'url'> & { url?: string };
  log: Log;
  clock?: Clock;
  /** Names of the daemons to run here; all when left out, none when empty. */
  daemons?: readonly string[];
  /** Serves no REST API when false (a process of daemons only). */
  api?: boolean;
  /** Called with the server before it listens: pages, and what belongs to the same origin. */
  extend?(server: HttpServer, lake: Lake): Promise<void> | void;
}

export interface Orchestrator {
  url: string;
  port: number;
  lake: Lake;
  daemons: Daemon[];
  stop(): Promise<void>;
}

/** Starts the orchestrator: brings the schema up to date, serves the REST API, runs the daemons. */
export const startOrchestrator = async (options: OrchestratorOptions): Promise<Orchestrator> => {
  const { log } = options;
  const sql = openDatabase({
    url: options.databaseUrl,
    schema: 'orchestrator',
    max: 12,
    applicationName: 'leman-orchestrator',
    log,
  });
  await migrate(sql, 'orchestrator', migrationsDirectory);
  const wakeups = await sharedWakeups(sql);
  const settings: OrchestratorSettings = { ...options.settings, url: options.settings.url ?? '' };
  const lake: Lake = {
    sql,
    log,
    clock: options.clock ?? systemClock,
    wakeups,
    issuer: options.issuer,
    settings,
  };

  const server = createHttpServer({ service: 'orchestrator', log, rewriteUrl: encodeNameSlashes });
  serveOpenApi(server, async (routes) => {
    const { lakeDocument } = await import('@leman/contracts/openapi/lake');
    return lakeDocument(routes, { version: settings.version, server: settings.url });
  });
  for (const room of rooms) room.routes?.(server, lake);
  server.get('/.well-known/openid-configuration', { config: { open: true } }, (_request, reply) =>
    sendJson(reply, lake.issuer.configuration()),
  );
  server.get('/jwks', { config: { open: true } }, (_request, reply) => sendJson(reply, lake.issuer.jwks()));
  server.get('/metrics', { config: { open: true } }, async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.metrics()),
  );
  await options.extend?.(server, lake);
  const port = options.api === false ? 0 : await listen(server, options.host, options.port);
  if (!settings.url) settings.url = `http://${options.host}:${port}`;

  const wanted = options.daemons ? new Set(options.daemons) : undefined;
  const beats = createHeartbeats(sql, lake.clock, log);
  const daemons = rooms
    .flatMap((room) => room.daemons?.(lake) ?? [])
    .filter((definition) => !wanted || wanted.has(definition.name))
    .map((definition) => createDaemon(definition, { log, wakeups, clock: lake.clock, beat: beats.beat }));
  const submits = daemons.some((daemon) => daemon.name === 'conveyor-submitter');
  const leave = submits ? await releaseClaims(sql, new Date(lake.clock.now())) : undefined;
  for (const daemon of daemons) daemon.start();

  return {
    url: settings.url,
    port,
    lake,
    daemons,
    async stop() {
      await server.close();
      await Promise.all(daemons.map((daemon) => daemon.stop()));
      await beats.stop();
      await leave?.();
      await wakeups.close();
      await sql.end({ timeout: 5 });
    },
  };
};
