import { type Client, parseDate } from '@leman/client';
import type { QueueGroup } from '@leman/contracts';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { paintState } from '../terminal/paint.ts';
import { sayBytes, sayCount, saySpan } from '../terminal/units.ts';
import { sayDid } from '../words.ts';

const age = (text: string | null): string => {
  const since = parseDate(text);
  return since ? saySpan((Date.now() - since.getTime()) / 1000) : '-';
};

const showFiles = async (
  context: Context,
  client: Client,
  source: string,
  destination: string,
): Promise<void> => {
  const search = { src_rse: source, dst_rse: destination, request_states: 'Q,G,S,W,P,N' };
  await context.out.rows(
    client.requests.list(search),
    [
      { title: 'FILE', text: sayDid },
      { title: 'SIZE', text: ({ bytes }) => sayBytes(bytes), right: true },
      { title: 'STATE', text: ({ state }) => paintState(state) },
      { title: 'TRIES', text: ({ retry_count }) => String(retry_count), right: true },
      { title: 'FOR', text: ({ requested_at, created_at }) => age(requested_at ?? created_at), right: true },
      { title: 'LAST ERROR', text: ({ err_msg }) => err_msg ?? '' },
    ],
    `Nothing is on its way from ${source} to ${destination}.`,
  );
};

/** What waits and moves, by destination, with the reason; with --from and --to file by file. */
export const transfers = async (
  context: Context,
  _words: [],
  options: { from?: string; to?: string },
): Promise<void> => {
  const client = await context.client();
  const { from, to } = options;
  if (from !== undefined && to !== undefined) return showFiles(context, client, from, to);
  if (from !== undefined)
    throw new CommandError('usage', '--from needs --to: files are listed for one link at a time.');
  const groups = await client.transport.json<QueueGroup[]>('/requests/queue');
  await context.out.rows(
    groups.filter(({ dest_rse }) => to === undefined || dest_rse === to),
    [
      { title: 'TO', text: ({ dest_rse }) => dest_rse },
      { title: 'STATE', text: ({ state }) => paintState(state) },
      { title: 'FILES', text: ({ files }) => sayCount(files), right: true },
      { title: 'SIZE', text: ({ bytes }) => sayBytes(bytes), right: true },
      { title: 'OLDEST', text: ({ oldest }) => age(oldest), right: true },
      { title: 'ACTIVITY', text: ({ activity }) => activity },
      { title: 'WHY', text: ({ example }) => example },
    ],
    'Nothing is waiting or moving.',
  );
};
