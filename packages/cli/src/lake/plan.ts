import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { fail } from '@leman/contracts';
import type { Config, StorageConfig } from '@leman/foundation/config';
import { readOrMake, replaceFile } from '@leman/tokens';
import type { Home } from './home.ts';

export interface StoragePlan extends StorageConfig {
  port: number;
  /** `https://host:port`, also the audience of its tokens. */
  url: string;
  /** Path that the catalogue's files lie below, with slashes at both ends. */
  prefix: string;
}

/** Who listens where; every role of a home comes to the same plan. */
export interface Plan {
  host: string;
  publicHost: string;
  lake: { port: number; url: string };
  transfer: { port: number; url: string };
  storages: StoragePlan[];
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;
const wildcard = /^(0\.0\.0\.0|::)$/;
const PREFIX = '/lake/';

const isFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });

const freePorts = async (host: string, count: number): Promise<number[]> => {
  const probes = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const probe = createServer();
          probe.once('error', reject);
          probe.listen({ host, port: 0 }, () => resolve(probe));
        }),
    ),
  );
  const ports = probes.map((probe) => (probe.address() as { port: number }).port);
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
};

const remembered = async (home: Home): Promise<Record<string, number>> =>
  JSON.parse(await readFile(home.portsFile, 'utf8').catch(() => '{}')) as Record<string, number>;

const portsText = (names: readonly string[], ports: readonly number[]): string =>
  `${JSON.stringify(Object.fromEntries(names.map((name, index) => [name, ports[index]])), null, 2)}\n`;

/**
 * The ports of all services. With a fixed first port they follow each other; with 0 they are free ones, kept in the
 * home and taken again as long as they are free.
 * @param settled take the kept ones as they are: somebody else of this home may already listen on them.
 */
const choosePorts = async (
  config: Config,
  home: Home,
  names: string[],
  settled: boolean,
): Promise<number[]> => {
  if (config.port !== 0) {
    const ports = names.map((_, index) => config.port + index);
    for (const [index, port] of ports.entries()) {
      if (!settled && !(await isFree(config.host, port))) {
        throw fail(
          'ConfigurationError',
          `Port ${port} of ${config.host} (${names[index]}) is taken by another program. Give another first port with --port N, or --port 0 for free ones.`,
        );
      }
    }
    return ports;
  }
  const known = await remembered(home);
  const kept = names.map((name) => known[name]);
  if (settled && kept.every((port) => port !== undefined)) return kept as number[];
  if (settled) {
    const fresh = await freePorts(config.host, names.length);
    const made = readOrMake(home.portsFile, 0o644, () => portsText(names, fresh));
    const agreed = JSON.parse(made) as Record<string, number>;
    return names.map((name, index) => agreed[name] ?? fresh[index]!);
  }
  const fresh = await freePorts(config.host, names.length);
  const ports: number[] = [];
  for (const [index, port] of kept.entries()) {
    ports.push(port !== undefined && (await isFree(config.host, port)) ? port : fresh[index]!);
  }
  return ports;
};

/** Settles who listens where, and writes it down in the home. */
export const makePlan = async (config: Config, home: Home, options: { settled: boolean }): Promise<Plan> => {
  const { host } = config;
  const publicHost =
    config.publicHost ?? (loopback.test(host) ? 'localhost' : wildcard.test(host) ? hostname() : host);
  const named = publicHost.includes(':') ? `[${publicHost}]` : publicHost;
  const names = ['lake', 'transfer', ...config.storages.map(({ rse }) => rse)];
  const ports = await choosePorts(config, home, names, options.settled);
  if (!options.settled) replaceFile(home.portsFile, 0o644, portsText(names, ports));
  const [lakePort, transferPort, ...storagePorts] = ports as [number, number, ...number[]];
  return {
    host,
    publicHost,
    lake: { port: lakePort, url: `http://${named}:${lakePort}` },
    transfer: { port: transferPort, url: `http://${named}:${transferPort}` },
    storages: config.storages.map((storage, index) => ({
      ...storage,
      port: storagePorts[index]!,
      url: `https://${named}:${storagePorts[index]}`,
      prefix: PREFIX,
    })),
  };
};
