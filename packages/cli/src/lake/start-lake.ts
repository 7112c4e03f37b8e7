import { readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpServer, Log } from '@leman/foundation';
import type { Config } from '@leman/foundation/config';
import type { Lake } from '@leman/orchestrator';
import { createIssuer, ensureLocalCa } from '@leman/tokens';
import { type AdminCredentials, ensureAdmin } from './credentials.ts';
import { ensureFederation } from './ensure-federation.ts';
import type { Home } from './home.ts';
import { keepCertificate } from './keep-certificate.ts';
import type { Plan } from './plan.ts';
import { keepUsageFresh } from './refresh-usage.ts';
import type { Roles } from './roles.ts';
import { seedSamples } from './seed-samples.ts';
import { startDatabase } from './start-database.ts';

export interface RunningLake {
  /** With the role api. */
  admin: AdminCredentials | undefined;
  /** What people should know although the lake is up. */
  notes: string[];
  /** Process of the embedded database, when this process runs it. */
  databasePid(): number | undefined;
  /** New requests are refused, batches end, the database stops last. */
  stop(): Promise<void>;
}

const version = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
/** For each part: requests and batches end well within that. */
const STOP_PATIENCE_MS = 15_000;
/** Subject of the tokens with which the orchestrator speaks to the transfer service. */
const CONVEYOR = 'leman-conveyor';

/**
 * Starts the roles of this process, in the order in which they need each other. When one fails, those before it are
 * stopped again.
 */
export const startLake = async (options: {
  config: Config;
  home: Home;
  plan: Plan;
  roles: Roles;
  log: Log;
}): Promise<RunningLake> => {
  const { config, home, plan, roles, log } = options;
  const stops: (() => Promise<void>)[] = [];
  const notes: string[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) {
      const late = sleep(STOP_PATIENCE_MS, 'late' as const, { ref: false });
      const how = await Promise.race([end(), late]).catch((error: unknown) => {
        log.error({ err: error }, 'stopping a part failed');
      });
      if (how === 'late')
        log.error('a part did not stop in time; what it left half done is completed at the next start');
    }
  };
  try {
    const ca = ensureLocalCa(home.directory, { hosts: [plan.publicHost] });
    const trusted = `${ca.ca}\n${await readFile(home.authoritiesFile, 'utf8').catch(() => '')}`;
    const issuer = createIssuer({ keyFile: home.issuerKeyFile, issuer: config.issuer ?? plan.lake.url });
    // Every process of the home has the key: nobody waits for the lake to publish it.
    const issuers = [{ issuer: issuer.issuer, keys: issuer.jwks().keys }];
    const otherIssuers = config.trustedIssuers?.trim().split(/\s+/) ?? [];
    // Only who sets the password in the catalogue writes it down.
    const admin = roles.api ? await ensureAdmin(home, plan, config.adminPassword) : undefined;
    const needsDatabase = roles.database || roles.api || roles.daemons || roles.transfer;
    const database = needsDatabase
      ? await startDatabase({ config, home, runs: roles.database, log })
      : undefined;
    if (database) stops.push(() => database.stop());

    const certified: { useCertificate(tls: { cert: string; key: string }): void }[] = [];
    const storages = plan.storages
      .filter(({ rse }) => roles.storages.includes(rse))
      .map(async (storage) => {
        const { startStorage } = await import('@leman/storage');
        // The directory of the catalogue's files is there from the start: clients ask for it before the first upload.
        await mkdir(join(home.storageRoot(storage.rse), storage.prefix), { recursive: true });
        const running = await startStorage({
          name: storage.rse,
          root: home.storageRoot(storage.rse),
          stateDir: home.storageState(storage.rse),
          host: plan.host,
          port: storage.port,
          tls: { cert: ca.cert, key: ca.key },
          ca: trusted,
          issuers: [...issuers, ...otherIssuers],
          audience: storage.url,
          ...(storage.capacity === undefined ? {} : { capacityBytes: storage.capacity }),
          throttle: {
            ...(storage.bytesPerSecond === undefined ? {} : { bytesPerSecond: storage.bytesPerSecond }),
            ...(storage.latencyMs === undefined ? {} : { latencyMs: storage.latencyMs }),
          },
          tpc: { allowPrivate: !config.publicCopiesOnly },
          log: log.child({ storage: storage.rse }),
        });
        certified.push(running);
        stops.push(() => running.stop());
      });
    const transfer = async () => {
      if (!roles.transfer) return;
      const { startTransfer } = await import('@leman/transfer');
      const running = await startTransfer({
        databaseUrl: database!.url,
        host: plan.host,
        port: plan.transfer.port,
        issuers,
        audience: plan.transfer.url,
        // Tokens of waiting files are sealed with a key in there, and still hold after a restart.
        stateDir: home.transferDirectory,
        ca: trusted,
        adminSubjects: [CONVEYOR],
        version,
        log: log.child({ service: 'transfer' }),
      });
      stops.push(() => running.stop());
    };
    // All settle before an error is told: what did start is stopped in the end.
    for (const outcome of await Promise.allSettled([...storages, transfer()])) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }

    const endWatch = keepCertificate({
      directory: home.directory,
      hosts: [plan.publicHost],
      present: ca,
      use: (renewed) => {
        for (const one of certified) one.useCertificate(renewed);
      },
      log,
    });
    stops.push(async () => endWatch());

    if (roles.api || roles.daemons) {
      const { bootstrapRoot, startOrchestrator } = await import('@leman/orchestrator');
      const { addPages } = await import('../pages/add-pages.ts');
      const orchestrator = await startOrchestrator({
        databaseUrl: database!.url,
        host: plan.host,
        port: plan.lake.port,
        issuer,
        settings: {
          url: plan.lake.url,
          version,
          tokenLifetime: config.tokenLifetime,
          storageTokenLifetime: config.storageTokenLifetime,
          transferUrl: plan.transfer.url,
          ca: trusted,
          ruleDeletionDelay: config.ruleDeletionDelay,
          ownerMayDeleteRules: config.ownerMayDeleteRules,
          backgroundLocks: config.backgroundLocks,
        },
        log: log.child({ service: 'orchestrator' }),
        ...(roles.daemons ? {} : { daemons: [] }),
        api: roles.api,
        ...(roles.api ? { extend: (server: HttpServer, running: Lake) => addPages(server, running) } : {}),
      });
      stops.push(() => orchestrator.stop());
      if (admin) {
        await bootstrapRoot(orchestrator.lake, admin);
        const { createClient } = await import('@leman/client');
        const { openProtocols } = await import('@leman/protocols');
        const client = createClient({ url: plan.lake.url, login: admin });
        const protocols = openProtocols({ ca: trusted });
        stops.push(async () => protocols.close());
        await ensureFederation({ client, home, plan });
        if (!config.empty && roles.storages.length === plan.storages.length) {
          await seedSamples({ client, protocols, home, plan }).catch((error: Error) => {
            // A lake without samples is a lake; the next start tries again.
            log.error({ err: error }, 'the samples could not be made');
            notes.push(`The samples could not be made: ${error.message}`);
          });
        }
        const refresher = keepUsageFresh({ client, protocols, plan, issuer, log });
        stops.push(() => refresher.stop());
      }
    }
    return { admin, notes, databasePid: () => database?.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
