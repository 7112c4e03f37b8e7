import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@leman/client';
import type { Log } from '@leman/foundation';
import type { Protocols } from '@leman/protocols';
import type { Issuer } from '@leman/tokens';
import type { Plan } from './plan.ts';

const EVERY_MS = 10_000;
const TOKEN_SECONDS = 120;

/**
 * Keeps what the storages say of their space (used, free) at the RSEs, as usage of source `storage`. Told only when it
 * changed.
 */
export const keepUsageFresh = (options: {
  client: Client;
  protocols: Protocols;
  plan: Plan;
  issuer: Issuer;
  log: Log;
}): { stop(): Promise<void> } => {
  const { client, protocols, plan, issuer, log } = options;
  const ended = new AbortController();
  const told = new Map<string, string>();

  const refresh = async ({ rse, url, prefix }: Plan['storages'][number]) => {
    const token = issuer.mint({
      subject: 'leman-usage',
      audience: url,
      scopes: [{ operation: 'read', path: prefix }],
      lifetimeSeconds: TOKEN_SECONDS,
    });
    const space = await protocols.of(url).space(`${url}${prefix}`, { token, signal: ended.signal });
    if (!space) return;
    const text = `${space.usedBytes}/${space.freeBytes}`;
    if (told.get(rse) === text) return;
    await client.rses.setUsage(rse, { source: 'storage', used: space.usedBytes, free: space.freeBytes });
    told.set(rse, text);
  };

  const loop = async () => {
    while (!ended.signal.aborted) {
      await Promise.all(
        plan.storages.map((storage) =>
          refresh(storage).catch((error: unknown) => {
            if (!ended.signal.aborted)
              log.warn({ err: error, rse: storage.rse }, 'the space of a storage is not known');
          }),
        ),
      );
      await sleep(EVERY_MS, undefined, { signal: ended.signal, ref: false }).catch(() => undefined);
    }
  };
  const running = loop();
  return {
    async stop() {
      ended.abort();
      await running;
    },
  };
};
