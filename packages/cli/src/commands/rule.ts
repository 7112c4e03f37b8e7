import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, NewRule, Rule } from '@leman/client';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { startProgress } from '../terminal/progress.ts';
import { readDid } from '../words.ts';
import { spanOption } from './span-option.ts';

interface AddOptions {
  rse: string;
  copies: number;
  lifetime?: string;
  grouping: string;
  account?: string;
  activity?: string;
  comment?: string;
  source?: string;
  wait?: boolean;
}

const LOOK_EVERY_MS = 300;

/** Stays until a rule is OK or cannot go on by itself. */
const waitFor = async (client: Client, id: string, quiet: boolean): Promise<Rule> => {
  let [shown, rule] = [0, await client.rules.get(id)];
  const total = rule.locks_ok_cnt + rule.locks_replicating_cnt + rule.locks_stuck_cnt;
  const progress = startProgress({ files: total, bytes: 0 }, quiet);
  try {
    while (rule.state === 'REPLICATING' || rule.state === 'INJECT') {
      await sleep(LOOK_EVERY_MS);
      rule = await client.rules.get(id);
      while (shown < rule.locks_ok_cnt) {
        progress.file();
        shown++;
      }
    }
    return rule;
  } finally {
    progress.end();
  }
};

export const addRule = async (context: Context, [words]: [string[]], options: AddOptions): Promise<void> => {
  const grouping = options.grouping.toUpperCase();
  if (grouping !== 'ALL' && grouping !== 'DATASET' && grouping !== 'NONE') {
    throw new CommandError('usage', `--grouping must be ALL, DATASET or NONE, not "${options.grouping}".`);
  }
  const lifetime = spanOption('--lifetime', options.lifetime);
  const client = await context.client();
  const rule: NewRule = {
    dids: words.map(readDid),
    copies: options.copies,
    rse_expression: options.rse,
    grouping,
    account: options.account ?? (await context.session()).account,
    ...(lifetime === undefined ? {} : { lifetime }),
    ...(options.activity ? { activity: options.activity } : {}),
    ...(options.comment ? { comment: options.comment } : {}),
    ...(options.source ? { source_replica_expression: options.source } : {}),
  };
  const ids = await client.rules.add(rule);
  for (const id of ids) {
    if (!options.wait) {
      await context.out.done({ rule: id }, id);
      continue;
    }
    const { state } = await waitFor(client, id, context.json);
    await context.out.done({ rule: id, state }, `${id}  ${state}`);
    if (state !== 'OK') {
      throw new CommandError('failed', `Rule ${id} is ${state}. See why: leman rule explain ${id}.`);
    }
  }
};

export const removeRules = async (
  context: Context,
  [ids]: [string[]],
  options: { purge?: boolean },
): Promise<void> => {
  const client = await context.client();
  for (const id of ids) {
    await client.rules.remove(id, options.purge);
    await context.out.done(
      { rule: id, removed: true },
      `Removed rule ${id}; its copies are released a little later.`,
    );
  }
};
