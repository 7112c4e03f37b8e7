import { type Client, collect, type Rse, type RseUsage } from '@leman/client';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { paint } from '../terminal/paint.ts';
import { sayBytes, sayCount } from '../terminal/units.ts';
import { readPairs } from '../words.ts';

const operations = ['read', 'write', 'delete'] as const;

const sayAvailability = (rse: Rse): string =>
  operations
    .map((operation) => (rse[`availability_${operation}`] ? operation : paint('red', `no ${operation}`)))
    .join(', ');

/** What the storage says of itself before what the catalogue counts. */
const pickUsage = (usages: readonly RseUsage[], source: string): RseUsage | undefined =>
  usages.find((usage) => usage.source === source);

const withUsage = async (client: Client, rse: Rse) => {
  const usages = await collect(client.rses.usage(rse.rse));
  return { rse, storage: pickUsage(usages, 'storage'), catalogue: pickUsage(usages, 'rucio') };
};

/** All storages, or those of an expression, with their space. */
export const listRses = async (context: Context, [expression]: [string | undefined]): Promise<void> => {
  const client = await context.client();
  const wanted = expression
    ? new Set((await collect(client.rses.list(expression))).map(({ rse }) => rse))
    : undefined;
  const rses = (await collect(client.rses.list())).filter(({ rse }) => !wanted || wanted.has(rse));
  if (context.json) {
    await context.out.rows(rses, [], '');
    return;
  }
  const rows = async function* () {
    for (const rse of rses) yield withUsage(client, rse);
  };
  await context.out.rows(
    rows(),
    [
      { title: 'RSE', text: ({ rse }) => paint('bold', rse.rse) },
      { title: 'TYPE', text: ({ rse }) => rse.rse_type },
      { title: 'FILES', text: ({ catalogue }) => sayCount(catalogue?.files), right: true },
      {
        title: 'USED',
        text: ({ storage, catalogue }) => sayBytes((storage ?? catalogue)?.used),
        right: true,
      },
      { title: 'FREE', text: ({ storage }) => sayBytes(storage?.free), right: true },
      { title: 'OPEN FOR', text: ({ rse }) => sayAvailability(rse) },
    ],
    expression ? `No storage fits ${expression}.` : 'There is no storage yet.',
  );
};

export const showRse = async (context: Context, [name]: [string]): Promise<void> => {
  const client = await context.client();
  const [rse, attributes, limits, usages] = await Promise.all([
    client.rses.get(name),
    client.rses.attributes(name),
    client.rses.limits(name),
    collect(client.rses.usage(name)),
  ]);
  const storage = pickUsage(usages, 'storage');
  const catalogue = pickUsage(usages, 'rucio');
  const addresses = rse.protocols.map(
    ({ scheme, hostname, port, prefix }) => `${scheme}://${hostname}:${port}${prefix}`,
  );
  await context.out.item({ ...rse, attributes, limits, usage: usages }, [
    ['RSE', rse.rse],
    ['Type', `${rse.rse_type}, ${rse.deterministic ? 'deterministic' : 'not deterministic'}`],
    ['Open for', sayAvailability(rse)],
    ['Catalogue', `${sayCount(catalogue?.files)} files, ${sayBytes(catalogue?.used)}`],
    ['Storage', storage ? `${sayBytes(storage.used)} used, ${sayBytes(storage.free)} free` : 'not told'],
    ['Addresses', addresses.join(', ') || 'none'],
    [
      'Attributes',
      Object.entries(attributes)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ') || 'none',
    ],
    [
      'Limits',
      Object.entries(limits)
        .map(([key, value]) => `${key} ${sayBytes(value)}`)
        .join(', ') || 'none',
    ],
  ]);
};

export const addRse = async (
  context: Context,
  [rse]: [string],
  options: { tape?: boolean },
): Promise<void> => {
  const client = await context.client();
  await client.rses.add(rse, { rse_type: options.tape ? 'TAPE' : 'DISK' });
  await context.out.done({ rse }, `Made ${rse}.`);
};

export const removeRse = async (context: Context, [rse]: [string]): Promise<void> => {
  const client = await context.client();
  await client.rses.remove(rse);
  await context.out.done({ rse, removed: true }, `The lake knows ${rse} no more; nothing was deleted there.`);
};

export const setAttributes = async (context: Context, [rse, pairs]: [string, string[]]): Promise<void> => {
  const client = await context.client();
  const attributes = readPairs(pairs);
  for (const [key, value] of Object.entries(attributes)) await client.rses.setAttribute(rse, key, value);
  await context.out.done({ rse, attributes }, `Set ${Object.keys(attributes).join(', ')} of ${rse}.`);
};

export const unsetAttributes = async (context: Context, [rse, keys]: [string, string[]]): Promise<void> => {
  const client = await context.client();
  for (const key of keys) await client.rses.removeAttribute(rse, key);
  await context.out.done({ rse, removed: keys }, `Removed ${keys.join(', ')} of ${rse}.`);
};

const gerunds: Record<string, string> = { read: 'reading', write: 'writing', delete: 'deletion' };

const setAvailability =
  (open: boolean) =>
  async (context: Context, [rse, words]: [string, string[]]): Promise<void> => {
    const wrong = words.find((word) => !(operations as readonly string[]).includes(word));
    if (wrong) throw new CommandError('usage', `"${wrong}" is none of ${operations.join(', ')}.`);
    const client = await context.client();
    const change = Object.fromEntries(words.map((word) => [`availability_${word}`, open]));
    await client.rses.update(rse, change);
    await context.out.done(
      { rse, ...change },
      `${rse} is ${open ? 'open' : 'closed'} for ${words.map((word) => gerunds[word]).join(', ')}.`,
    );
  };
export const openRse = setAvailability(true);
export const closeRse = setAvailability(false);
