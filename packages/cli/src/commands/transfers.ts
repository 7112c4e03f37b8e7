import { parseDate } from '@leman/client';
import type { Context } from '../context.ts';
import { paintState } from '../terminal/paint.ts';
import { sayBytes, saySpan } from '../terminal/units.ts';
import { sayDid } from '../words.ts';

/** Requests of the catalogue that wait or move. */
export const transfers = async (
  context: Context,
  _words: [],
  options: { from?: string; to?: string; state: string },
): Promise<void> => {
  const client = await context.client();
  const search = {
    request_states: options.state,
    ...(options.from ? { src_rse: options.from } : {}),
    ...(options.to ? { dst_rse: options.to } : {}),
  };
  const now = Date.now();
  await context.out.rows(
    client.requests.list(search),
    [
      { title: 'FILE', text: sayDid },
      { title: 'SIZE', text: ({ bytes }) => sayBytes(bytes), right: true },
      { title: 'FROM', text: ({ source_rse }) => source_rse ?? '-' },
      { title: 'TO', text: ({ dest_rse, dest_rse_id }) => dest_rse ?? dest_rse_id },
      { title: 'STATE', text: ({ state }) => paintState(state) },
      { title: 'TRIES', text: ({ retry_count }) => String(retry_count), right: true },
      {
        title: 'FOR',
        text: ({ requested_at, created_at }) => {
          const since = parseDate(requested_at ?? created_at);
          return since ? saySpan((now - since.getTime()) / 1000) : '-';
        },
        right: true,
      },
      { title: 'LAST ERROR', text: ({ err_msg }) => err_msg ?? '' },
    ],
    'Nothing is waiting or moving.',
  );
};
