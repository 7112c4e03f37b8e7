import { parseDate } from '@leman/client';
import type { Context } from '../context.ts';
import { paintState } from '../terminal/paint.ts';
import { sayCount, sayTime } from '../terminal/units.ts';
import { readDid, sayDid } from '../words.ts';

/** Rules of a name, or of everything, by account and state. */
export const listRules = async (
  context: Context,
  [word]: [string | undefined],
  options: { account?: string; state?: string },
): Promise<void> => {
  const client = await context.client();
  const search = {
    ...(word ? readDid(word) : {}),
    ...(options.account ? { account: options.account } : {}),
    ...(options.state ? { state: options.state.toUpperCase() } : {}),
  };
  await context.out.rows(
    client.rules.list(search),
    [
      { title: 'RULE', text: ({ id }) => id },
      { title: 'STATE', text: ({ state }) => paintState(state) },
      { title: 'OK', text: ({ locks_ok_cnt }) => sayCount(locks_ok_cnt), right: true },
      { title: 'MOVING', text: ({ locks_replicating_cnt }) => sayCount(locks_replicating_cnt), right: true },
      { title: 'STUCK', text: ({ locks_stuck_cnt }) => sayCount(locks_stuck_cnt), right: true },
      { title: 'COPIES', text: ({ copies }) => String(copies), right: true },
      { title: 'AT', text: ({ rse_expression }) => rse_expression },
      { title: 'OF', text: sayDid },
      { title: 'ACCOUNT', text: ({ account }) => account },
    ],
    word ? `There is no rule on ${word}.` : 'There is no rule.',
  );
};

export const showRule = async (context: Context, [id]: [string]): Promise<void> => {
  const client = await context.client();
  const rule = await client.rules.get(id);
  const time = (text: string | null) => sayTime(parseDate(text));
  await context.out.item(rule, [
    ['Rule', rule.id],
    ['State', paintState(rule.state)],
    ['Of', `${sayDid(rule)} (${rule.did_type.toLowerCase()})`],
    [
      'At',
      `${rule.rse_expression}, ${rule.copies} ${rule.copies === 1 ? 'copy' : 'copies'}, grouping ${rule.grouping}`,
    ],
    [
      'Files',
      `${rule.locks_ok_cnt} OK, ${rule.locks_replicating_cnt} replicating, ${rule.locks_stuck_cnt} stuck`,
    ],
    ['Account', rule.account],
    ['Activity', rule.activity],
    ['Comment', rule.comments ?? '-'],
    ['Error', rule.error ?? '-'],
    ['Made', time(rule.created_at)],
    ['Ends', rule.expires_at ? time(rule.expires_at) : 'never'],
  ]);
};
