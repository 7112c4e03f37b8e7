import { mkdirSync, realpathSync } from 'node:fs';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { fail } from '@leman/contracts';
import { type Clock, gauge, type Log, systemClock } from '@leman/foundation';
import { createVerifier, type VerifierOptions } from '@leman/tokens';
import { createBufferPool } from './buffer-pool.ts';
import type { StorageContext } from './context.ts';
import { handleRequest } from './handle-request.ts';
import { OWN_DIRECTORY } from './namespace.ts';
import { openObjectIndex } from './object-index.ts';
import { createPace } from './pace.ts';
import { createPeers } from './peers.ts';
import { createRenames } from './renames.ts';
import { removeLeftovers, scanNamespace } from './scan-namespace.ts';
import { createSpace } from './space.ts';
import { createThrottle, type ThrottleOptions } from './throttle.ts';
import { createTraffic } from './traffic.ts';

export interface StorageOptions {
  /** Name in logs, metrics and the storage record. */
  name: string;
  /** Directory with the objects; made when missing. One file system. */
  root: string;
  /** Directory of the index; outside of the root. */
  stateDir: string;
  host: string;
  /** 0 for any free one. */
  port: number;
  tls?: { cert: string; key: string };
  /** PEM trusted besides the system's, when copying and when fetching keys of issuers. */
  ca?: string;
  issuers: VerifierOptions['issuers'];
  /** What tokens for this storage name as audience. */
  audience: string | readonly string[];
  /** Most bytes it may hold; the file system is the limit when absent. */
  capacityBytes?: number;
  /**
   * What an answered upload survives: the end of the program (`process`, the default, as other storages do), or also
   * of the machine (`power`, one fsync per upload more).
   */
  durability?: 'process' | 'power';
  throttle?: ThrottleOptions;
  /** `allowPrivate`: third-party copies may go to loopback and private addresses. Off unless set. */
  tpc?: { allowPrivate: boolean };
  log: Log;
  clock?: Clock;
}

export interface Storage {
  /** `https://host:port` */
  readonly url: string;
  readonly port: number;
  /** Resolves when everything that was there at the start has been counted. */
  readonly scanned: Promise<void>;
  /** Bytes; `available` counts the room of the disk too. */
  space(): { total: number; used: number; available: number; files: number };
  /** Takes a renewed certificate into use for new connections. */
  useCertificate(tls: { cert: string; key: string }): void;
  /** Ends running copies and uploads (they leave nothing), then closes. */
  stop(): Promise<void>;
}

const IDLE_MS = 120_000;
const KEEP_ALIVE_MS = 65_000;
const MAX_HEADER_BYTES = 64 * 1024;

const used = gauge('leman_storage_used_bytes', 'Bytes of the objects in a storage', ['storage']);
const objects = gauge('leman_storage_objects', 'Objects in a storage', ['storage']);

/** Starts a storage element on a directory. Several can run in one process. */
export const startStorage = async (options: StorageOptions): Promise<Storage> => {
  const clock = options.clock ?? systemClock;
  const audiences = typeof options.audience === 'string' ? [options.audience] : options.audience;
  mkdirSync(options.root, { recursive: true });
  const root = realpathSync.native(options.root);
  if (`${resolve(options.stateDir)}/`.startsWith(`${root}/`)) {
    throw fail(
      'ConfigurationError',
      `The state directory of ${options.name} lies within its root, where everybody could read it. Choose another.`,
    );
  }
  const [incoming, trash] = [join(root, OWN_DIRECTORY, 'incoming'), join(root, OWN_DIRECTORY, 'trash')];
  for (const directory of [incoming, trash]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  await removeLeftovers({ incoming, trash });
  const index = openObjectIndex(options.stateDir);
  const stopping = new AbortController();
  const authorities = new Set<string>();
  const trust = options.ca ? { ca: options.ca } : {};
  const context: StorageContext = {
    name: options.name,
    root,
    incoming,
    trash,
    authorities,
    durability: options.durability ?? 'process',
    index,
    space: createSpace({
      root,
      index,
      ...(options.capacityBytes === undefined ? {} : { capacityBytes: options.capacityBytes }),
    }),
    verifier: createVerifier({ issuers: options.issuers, audiences, clock, ...trust }),
    peers: createPeers({ allowPrivate: options.tpc?.allowPrivate ?? false, ...trust }),
    buffers: createBufferPool(),
    pace: createPace(),
    renames: createRenames(),
    throttle: createThrottle(options.throttle),
    traffic: createTraffic(options.name),
    clock,
    log: options.log,
    stopping: stopping.signal,
  };

  const running = new Set<Promise<void>>();
  const handle = (awaitsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    const work = handleRequest(context, request, response, awaitsContinue).finally(() =>
      running.delete(work),
    );
    running.add(work);
  };
  const settings = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    noDelay: true,
  };
  const server = options.tls
    ? createSecureServer({ ...settings, ...options.tls })
    : createPlainServer(settings);
  server.timeout = IDLE_MS;
  server.on('request', handle(false));
  server.on('checkContinue', handle(true));
  await new Promise<void>((listening, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      listening();
    });
  });
  const { port } = server.address() as AddressInfo;
  const authority = `${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`;
  authorities.add(authority.toLowerCase());

  const measure = (): void => {
    const totals = index.totals();
    used.set({ storage: options.name }, totals.usedBytes);
    objects.set({ storage: options.name }, totals.files);
  };
  const measuring = setInterval(measure, 10_000);
  measuring.unref();
  const scanned = scanNamespace(context)
    .then(measure)
    .catch((error: unknown) => {
      options.log.error({ err: error }, 'the storage could not be scanned; its counters may be old');
    });
  const stop = async (): Promise<void> => {
    clearInterval(measuring);
    stopping.abort(new Error('the storage is stopping'));
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    server.closeAllConnections();
    context.peers.close();
    await Promise.allSettled([...running, scanned]);
    await closed;
    index.close();
  };
  let stopped: Promise<void> | undefined;
  return {
    url: `${options.tls ? 'https' : 'http'}://${authority}`,
    port,
    scanned,
    space: () => context.space.report(),
    useCertificate(tls) {
      if ('setSecureContext' in server) server.setSecureContext(tls);
    },
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
};
