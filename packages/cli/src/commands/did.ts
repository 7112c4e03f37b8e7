import type { Context } from '../context.ts';
import { sayBytes, sayCount } from '../terminal/units.ts';
import { readDid, readPairs, sayDid } from '../words.ts';

/** What a name is: type, owner, size, checksum, state. */
export const showDid = async (context: Context, [word]: [string]): Promise<void> => {
  const client = await context.client();
  const did = await client.dids.getCounted(readDid(word));
  const isFile = did.type === 'FILE';
  await context.out.item(did, [
    ['Name', sayDid(did)],
    ['Type', did.type.toLowerCase()],
    ['Account', did.account],
    ['Size', `${sayBytes(did.bytes)}${did.bytes ? ` (${sayCount(did.bytes)} bytes)` : ''}`],
    ...(isFile
      ? ([
          ['adler32', did.adler32 ?? '-'],
          ['md5', did.md5 ?? '-'],
        ] as [string, string][])
      : ([
          ['Files', sayCount(did.length)],
          ['Open', did.open ? 'yes' : 'no'],
        ] as [string, string][])),
    ['Expires', did.expired_at ?? 'never'],
  ]);
};

export const showMetadata = async (context: Context, [word]: [string]): Promise<void> => {
  const client = await context.client();
  const metadata = await client.dids.metadata(readDid(word));
  const set = Object.entries(metadata).filter(([, value]) => value !== null);
  await context.out.item(
    metadata,
    set.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
};

export const setMetadata = async (
  context: Context,
  [word, pairs]: [string, string[]],
  options: { recursive?: boolean },
): Promise<void> => {
  const client = await context.client();
  const meta = readPairs(pairs);
  await client.dids.setMetadata(readDid(word), meta, options.recursive);
  await context.out.done({ did: word, meta }, `Set ${Object.keys(meta).join(', ')} of ${word}.`);
};

export const unsetMetadata = async (context: Context, [word, keys]: [string, string[]]): Promise<void> => {
  const client = await context.client();
  for (const key of keys) await client.dids.removeMetadata(readDid(word), key);
  await context.out.done({ did: word, removed: keys }, `Removed ${keys.join(', ')} of ${word}.`);
};

export const parents = async (context: Context, [word]: [string]): Promise<void> => {
  const client = await context.client();
  await context.out.rows(
    client.dids.parents(readDid(word)),
    [
      { title: 'NAME', text: sayDid },
      { title: 'TYPE', text: ({ type }) => type.toLowerCase() },
    ],
    `${word} is in no dataset or container.`,
  );
};

export const files = async (context: Context, [word]: [string]): Promise<void> => {
  const client = await context.client();
  await context.out.rows(
    client.dids.files(readDid(word)),
    [
      { title: 'NAME', text: sayDid },
      { title: 'SIZE', text: ({ bytes }) => sayBytes(bytes), right: true },
      { title: 'ADLER32', text: ({ adler32 }) => adler32 ?? '-' },
    ],
    `There are no files below ${word}.`,
  );
};
