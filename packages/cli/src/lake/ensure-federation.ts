import { readFile } from 'node:fs/promises';
import { type Client, collect, segment } from '@leman/client';
import { FieldError } from '@leman/contracts';
import { replaceFile } from '@leman/tokens';
import { connectWithAll } from '../joining/connect-with-all.ts';
import type { Home } from './home.ts';
import type { Plan, StoragePlan } from './plan.ts';
import { unlessThere } from './unless-there.ts';

/** Where the catalogue was last told that a storage is. */
type Addresses = Record<string, { hostname: string; port: number }>;

const SAME_SITE = 1;
const FREE_AT_LEAST = 0.05;

const addProtocol = (client: Client, storage: StoragePlan, hostname: string): Promise<string> =>
  client.rses.addProtocol(storage.rse, {
    scheme: 'https',
    hostname,
    port: storage.port,
    prefix: storage.prefix,
    impl: 'rucio.rse.protocols.webdav.NoRename',
    domains: {
      lan: { read: 1, write: 1, delete: 1 },
      wan: { read: 1, write: 1, delete: 1, third_party_copy_read: 1, third_party_copy_write: 1 },
    },
    extended_attributes: null,
  });

const addStorage = async (client: Client, storage: StoragePlan, hostname: string): Promise<void> => {
  await unlessThere(client.rses.add(storage.rse, { rse_type: 'DISK', deterministic: true }));
  const attributes: Record<string, string | number | boolean> = {
    site: storage.site,
    // The catalogue signs the addresses that clients without tokens use.
    sign_url: 'leman',
    // The storage answers with the checksum it computed while writing.
    skip_upload_stat: true,
    ...(storage.qos === undefined ? {} : { QOS: storage.qos }),
    ...(storage.tier === undefined ? {} : { tier: storage.tier }),
    ...(storage.greedyDeletion ? { greedyDeletion: true } : {}),
  };
  for (const [key, value] of Object.entries(attributes)) {
    await unlessThere(client.rses.setAttribute(storage.rse, key, value));
  }
  if (storage.capacity !== undefined) {
    await client.rses.setLimit(storage.rse, 'MinFreeSpace', Math.floor(storage.capacity * FREE_AT_LEAST));
  }
  await unlessThere(addProtocol(client, storage, hostname));
};

const distanceOf = (one: StoragePlan, other: StoragePlan): number =>
  one.site === other.site ? SAME_SITE : 1 + Math.max(one.tier ?? 1, other.tier ?? 1);

/**
 * Makes the storages of this home known to the catalogue: what is missing is added, an address that changed follows;
 * what people changed since stays. May be called at every start.
 */
export const ensureFederation = async (options: {
  client: Client;
  home: Home;
  plan: Plan;
}): Promise<void> => {
  const { client, home, plan } = options;
  const told = JSON.parse(await readFile(home.federationFile, 'utf8').catch(() => '{}')) as Addresses;
  const known = new Set((await collect(client.rses.list())).map(({ rse }) => rse));
  const added = new Set<string>();
  const now: Addresses = {};
  for (const storage of plan.storages) {
    const address = { hostname: plan.publicHost, port: storage.port };
    now[storage.rse] = address;
    const before = told[storage.rse];
    if (before === undefined) {
      await addStorage(client, storage, plan.publicHost);
      added.add(storage.rse);
    } else if (
      known.has(storage.rse) &&
      (before.hostname !== address.hostname || before.port !== address.port)
    ) {
      const old = `/rses/${segment(storage.rse)}/protocols/https/${segment(before.hostname)}/${before.port}`;
      await client.transport.text(old, { method: 'DELETE' }).catch((error: unknown) => {
        if (!(error instanceof FieldError && error.name === 'RSEProtocolNotSupported')) throw error;
      });
      await unlessThere(addProtocol(client, storage, plan.publicHost));
    }
  }
  for (const one of plan.storages) {
    for (const other of plan.storages) {
      if (one === other || !(added.has(one.rse) || added.has(other.rse))) continue;
      await unlessThere(client.rses.setDistance(one.rse, other.rse, distanceOf(one, other)));
    }
  }
  // Storages of others that joined before are connected too.
  const foreign = [...known].filter((rse) => !plan.storages.some((storage) => storage.rse === rse));
  for (const storage of plan.storages) {
    if (foreign.length > 0 && added.has(storage.rse)) await connectWithAll(client, storage, foreign);
  }
  if (JSON.stringify(now) !== JSON.stringify(told)) {
    replaceFile(home.federationFile, 0o644, `${JSON.stringify(now, null, 2)}\n`);
  }
};
