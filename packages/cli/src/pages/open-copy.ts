import type { IncomingMessage } from 'node:http';
import type { Client, Replica } from '@leman/client';
import { fail } from '@leman/contracts';
import type { Lake } from '@leman/orchestrator';
import { callStorage, sayAnswer } from './storage-http.ts';

/** RSEs with an available copy over http, the nearest first. */
export const nearestRses = (replica: Replica): string[] => {
  const order = Object.entries(replica.pfns)
    .filter(([pfn, { rse }]) => /^(https?|davs?):/.test(pfn) && replica.states[rse] === 'AVAILABLE')
    .sort(([, one], [, other]) => one.priority - other.priority)
    .map(([, { rse }]) => rse);
  return [...new Set(order)];
};

/**
 * Opens a file at the nearest storage that hands it out, falling back to the next.
 * @throws ReplicaNotFound when no copy is available; ResourceTemporaryUnavailable when none is handed out.
 */
export const openCopy = async (
  lake: Lake,
  client: Client,
  replica: Replica,
  options: { range?: string | undefined; signal?: AbortSignal } = {},
): Promise<{ rse: string; answer: IncomingMessage }> => {
  const { scope, name } = replica;
  const rses = nearestRses(replica);
  if (rses.length === 0) {
    throw fail(
      'ReplicaNotFound',
      `No copy of ${scope}:${name} is available now. Its rules tell when one will be.`,
    );
  }
  const refusals: string[] = [];
  for (const rse of rses) {
    try {
      const [place] = await client.replicas.storageTokens([{ rse, scope, name, operation: 'read' }]);
      if (!place) continue;
      const answer = await callStorage({
        method: 'GET',
        pfn: place.pfn,
        token: place.token,
        ca: lake.settings.ca,
        ...(options.range ? { headers: { range: options.range } } : {}),
        ...(options.signal ? { signal: options.signal } : {}),
      });
      if (answer.statusCode === 200 || answer.statusCode === 206) return { rse, answer };
      refusals.push(`${rse}: ${await sayAnswer(answer)}`);
    } catch (error) {
      if (options.signal?.aborted) throw error;
      refusals.push(`${rse}: ${(error as Error).message}`);
    }
  }
  throw fail(
    'ResourceTemporaryUnavailable',
    `No storage hands out ${scope}:${name} now. ${refusals.join('; ')}`,
  );
};

/** A file name for a header, whatever is in it (RFC 6266). */
export const attachment = (name: string): string => {
  const short = name.slice(name.lastIndexOf('/') + 1);
  return `attachment; filename="${short.replace(/[^\w.-]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(short)}`;
};
