import type { Context } from '../context.ts';
import { paintState } from '../terminal/paint.ts';
import { sayBytes, sayCount, sayNumberOf } from '../terminal/units.ts';
import { readDid, sayDid } from '../words.ts';
import { spanOption } from './span-option.ts';

export const addDataset = async (
  context: Context,
  [word]: [string],
  options: { container?: boolean; lifetime?: string },
): Promise<void> => {
  const client = await context.client();
  const kind = options.container ? 'CONTAINER' : 'DATASET';
  const lifetime = spanOption('--lifetime', options.lifetime);
  await client.dids.add(readDid(word), kind, lifetime === undefined ? {} : { lifetime });
  await context.out.done({ did: word, type: kind }, `Made ${kind.toLowerCase()} ${word}.`);
};

/** Attaches what is named; what is in it already stays. */
export const attach = async (context: Context, [word, children]: [string, string[]]): Promise<void> => {
  const client = await context.client();
  await client.dids.attachMany([{ ...readDid(word), dids: children.map(readDid) }]);
  await context.out.done({ did: word, attached: children }, `Put ${children.join(', ')} into ${word}.`);
};

export const detach = async (context: Context, [word, children]: [string, string[]]): Promise<void> => {
  const client = await context.client();
  await client.dids.detach(readDid(word), children.map(readDid));
  await context.out.done({ did: word, detached: children }, `Took ${children.join(', ')} out of ${word}.`);
};

const setOpen =
  (open: boolean, sentence: string) =>
  async (context: Context, [word]: [string]): Promise<void> => {
    const client = await context.client();
    await client.dids.setOpen(readDid(word), open);
    await context.out.done({ did: word, open }, `${word} ${sentence}.`);
  };
export const close = setOpen(false, 'is closed: nothing can be put into it any more');
export const reopen = setOpen(true, 'is open again');

export const datasetReplicas = async (context: Context, [word]: [string]): Promise<void> => {
  const client = await context.client();
  const count = await context.out.rows(
    client.replicas.ofDataset(readDid(word)),
    [
      { title: 'RSE', text: ({ rse }) => rse },
      {
        title: 'FILES',
        text: ({ available_length, length }) => `${sayCount(available_length)} of ${sayCount(length)}`,
        right: true,
      },
      { title: 'SIZE', text: ({ available_bytes }) => sayBytes(available_bytes), right: true },
      { title: 'STATE', text: ({ state }) => paintState(state) },
    ],
    `There is no copy of ${sayDid(readDid(word))}.`,
  );
  if (count > 1) await context.out.text(`${sayNumberOf(count, 'storage')}.`);
};
