import { type Client, collect } from '@leman/client';
import { CommandError } from '../exit-codes.ts';

const LOOKED_AT = 20;

/**
 * Where to upload to: the storage named, or of those that fit an expression and may be written, the one with most
 * free space.
 */
export const chooseRse = async (
  client: Client,
  wanted: { rse?: string; rseExpression?: string; qos?: string },
): Promise<string> => {
  const given = [wanted.rse, wanted.rseExpression, wanted.qos].filter((value) => value !== undefined);
  if (given.length !== 1) {
    throw new CommandError(
      'usage',
      'Say where to upload to: one of --rse NAME, --rse-expression EXPRESSION, --qos CLASS. "leman rse list" shows what there is.',
    );
  }
  if (wanted.rse !== undefined) return (await client.rses.get(wanted.rse)).rse;
  const expression = wanted.rseExpression ?? `QOS=${wanted.qos}`;
  const names = (await collect(client.rses.list(expression), LOOKED_AT)).map(({ rse }) => rse);
  let best: { rse: string; free: number } | undefined;
  for (const name of names) {
    const rse = await client.rses.get(name);
    if (!rse.availability_write) continue;
    const [usage] = await collect(client.rses.usage(name, 'storage'));
    const free = usage?.free ?? 0;
    if (!best || free > best.free) best = { rse: rse.rse, free };
  }
  if (!best)
    throw new CommandError(
      'notFound',
      `No storage that may be written fits ${expression}. "leman rse list" shows what there is.`,
    );
  return best.rse;
};
