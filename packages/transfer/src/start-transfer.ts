import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Clock,
  createDaemon,
  createHttpServer,
  type Daemon,
  type Log,
  listen,
  localWakeups,
  migrate,
  openDatabase,
  serveOpenApi,
  systemClock,
} from '@leman/foundation';
import { openProtocols } from '@leman/protocols';
import { createVerifier, type VerifierOptions } from '@leman/tokens';
import { defaultConfig, type TransferConfig } from './config.ts';
import { createEventStream } from './events/event-stream.ts';
import { createAuthenticate } from './http/authenticate.ts';
import { changeRoutes } from './http/change-routes.ts';
import { configRoutes } from './http/config-routes.ts';
import { delegationRoutes } from './http/delegation-routes.ts';
import { eventRoutes } from './http/event-routes.ts';
import { sendFtsError } from './http/fts-error.ts';
import { infoRoutes } from './http/info-routes.ts';
import { jobRoutes } from './http/job-routes.ts';
import type { Service } from './http/service.ts';
import { expireFiles } from './jobs/expire-files.ts';
import { forgetOld } from './jobs/forget-old.ts';
import { createScheduler } from './scheduler/scheduler.ts';
import { createSeal } from './seal.ts';
import { createSettingsStore } from './settings/settings-store.ts';
import { becomeSingle } from './single-service.ts';

export interface TransferOptions {
  databaseUrl: string;
  host: string;
  /** 0 for any free one. */
  port: number;
  tls?: { cert: string; key: string };
  /** Who may have issued the tokens of callers. */
  issuers: VerifierOptions['issuers'];
  /** What tokens for this service name as audience. */
  audience: string;
  /** PEM trusted besides the system's, at storages and issuers. */
  ca?: string;
  /** Subjects that see and control everything, and read the events. */
  adminSubjects: readonly string[];
  /**
   * Directory of the key that seals the tokens of waiting files. Without one the key lives in memory: files that wait
   * when the service is killed then lose their tokens.
   */
  stateDir?: string;
  log: Log;
  /** Told by its OpenAPI document. */
  version?: string;
  clock?: Clock;
  config?: Partial<TransferConfig>;
}

export interface Transfer {
  /** `http(s)://host:port` */
  readonly url: string;
  readonly port: number;
  /** Running copies are left as they are; the next start looks what became of them. */
  stop(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const RESTART_MS = 1_000;

/** What another service that took over makes this one do. */
interface Turn {
  superseded(): void;
  signal: AbortSignal;
}

/**
 * Starts the transfer service: schema, takeover of what waits, REST. One per database: a second one waits, and one that
 * lost its database to another stops and waits for its turn like a second one.
 */
export const startTransfer = async (options: TransferOptions): Promise<Transfer> => {
  const giveUp = new AbortController();
  let restart: Promise<void> = Promise.resolve();
  const superseded = () => {
    restart = (async () => {
      await current.stop().catch((error) => options.log.warn({ err: error }, 'stopping was not clean'));
      while (!giveUp.signal.aborted) {
        try {
          current = await startOnce({ ...options, port: current.port }, turn);
          return;
        } catch (error) {
          if (giveUp.signal.aborted) return;
          options.log.error({ err: error }, 'the transfer service could not start again; it tries on');
          await sleep(RESTART_MS, undefined, { signal: giveUp.signal }).catch(() => undefined);
        }
      }
    })();
  };
  const turn = { superseded, signal: giveUp.signal };
  let current = await startOnce(options, turn);
  return {
    url: current.url,
    port: current.port,
    async stop() {
      giveUp.abort();
      await restart;
      await current.stop();
    },
  };
};

const startOnce = async (options: TransferOptions, turn: Turn): Promise<Transfer> => {
  const { log, ca } = options;
  const clock = options.clock ?? systemClock;
  const config = { ...defaultConfig, ...options.config };
  const stops: (() => Promise<unknown> | unknown)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const single = await becomeSingle(options.databaseUrl, log, turn);
    stops.push(() => single.stop());
    const sql = openDatabase({
      url: options.databaseUrl,
      schema: 'transfer',
      max: 6,
      applicationName: 'leman transfer',
      log,
    });
    stops.push(() => sql.end({ timeout: 5 }));
    await migrate(sql, 'transfer', join(import.meta.dirname, '..', 'migrations'));
    const protocols = openProtocols({ ca, connectMs: config.connectMs, stallMs: config.stallSeconds * 1000 });
    stops.push(() => protocols.close());

    const server = createHttpServer({
      service: 'transfer',
      sendError: sendFtsError,
      log,
      ...(options.tls ? { tls: options.tls } : {}),
    });
    const endpoint = { url: '' };
    serveOpenApi(server, async (routes) => {
      const { transferDocument } = await import('@leman/contracts/openapi/transfer');
      return transferDocument(routes, { version: options.version ?? '0.0.0', server: '/' });
    });
    const events = createEventStream();
    const seal = createSeal(options.stateDir);
    const scheduler = await createScheduler({
      sql,
      seal,
      protocols,
      config,
      endpoint,
      clock,
      log,
      onEvents: events.committed,
    });
    events.committed(scheduler.ledger.lastSeq());
    stops.push(() => scheduler.stop());
    const settings = createSettingsStore(sql, clock);
    await settings.apply(scheduler);
    const verifier = createVerifier({
      issuers: options.issuers,
      audiences: [options.audience],
      clock,
      ...(ca ? { ca } : {}),
    });
    const service: Service = {
      sql,
      seal,
      scheduler,
      settings,
      events,
      authenticate: createAuthenticate(verifier, options.adminSubjects, config.vo),
      config,
      clock,
      log,
      host: options.host,
    };
    for (const add of [infoRoutes, jobRoutes, changeRoutes, eventRoutes, configRoutes, delegationRoutes])
      add(server, service);
    const port = await listen(server, options.host, options.port);
    stops.push(() => server.close());
    endpoint.url = `${options.tls ? 'https' : 'http'}://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`;

    const daemons: Daemon[] = [
      createDaemon(
        {
          name: 'transfer-expiry',
          wakeOn: [],
          pollMs: 10_000,
          async batch() {
            const expired = await scheduler.ledger.run(async (tx, now) => {
              const value = await expireFiles(tx, now);
              return { value, events: value.events };
            });
            scheduler.queues.remove(expired.fileIds);
            return expired.fileIds.size;
          },
        },
        { clock, log, wakeups: localWakeups() },
      ),
      createDaemon(
        {
          name: 'transfer-cleaner',
          wakeOn: [],
          pollMs: 600_000,
          batch: ({ now }) =>
            forgetOld(
              sql,
              new Date(now - config.jobHours * HOUR_MS),
              new Date(now - config.eventHours * HOUR_MS),
            ),
        },
        { clock, log, wakeups: localWakeups() },
      ),
    ];
    for (const daemon of daemons) daemon.start();
    stops.push(() => Promise.all(daemons.map((daemon) => daemon.stop())));
    await scheduler.start();
    log.info({ url: endpoint.url }, 'transfer service ready');
    return { url: endpoint.url, port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
