import type { RuleOptions } from '@leman/client';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { spanOption } from './span-option.ts';

interface SetOptions {
  lifetime?: string;
  comment?: string;
  priority?: number;
  suspend?: boolean;
  resume?: boolean;
  boost?: boolean;
}

const decide =
  (approve: boolean) =>
  async (context: Context, [ids]: [string[]], options: { comment?: string }): Promise<void> => {
    const client = await context.client();
    for (const id of ids) {
      const { state } = await client.rules.get(id);
      if (state !== 'WAITING_APPROVAL') {
        throw new CommandError('failed', `Rule ${id} does not wait for approval, it is ${state}.`);
      }
      await client.rules.update(id, { approve, ...(options.comment ? { comment: options.comment } : {}) });
      await context.out.done(
        { rule: id, approved: approve },
        approve ? `Approved rule ${id}; its copies are made now.` : `Denied rule ${id}; it has ended.`,
      );
    }
  };

/** Lets rules that wait for approval go on. */
export const approveRules = decide(true);
/** Ends rules that wait for approval. */
export const denyRules = decide(false);

/** Changes options of a rule, all or none. */
export const setRule = async (context: Context, [id]: [string], options: SetOptions): Promise<void> => {
  const change: RuleOptions = {};
  if (options.lifetime !== undefined)
    change.lifetime = options.lifetime === 'none' ? null : spanOption('--lifetime', options.lifetime)!;
  if (options.comment !== undefined) change.comment = options.comment;
  if (options.priority !== undefined) change.priority = options.priority;
  if (options.suspend && options.resume)
    throw new CommandError('usage', 'A rule is either suspended or resumed: give --suspend or --resume.');
  if (options.suspend) change.state = 'SUSPENDED';
  // Declared stuck it is repaired: everything that is missing is asked for again.
  if (options.resume) change.state = 'STUCK';
  if (options.boost) change.boost_rule = true;
  const changed = Object.keys(change);
  if (changed.length === 0) {
    throw new CommandError(
      'usage',
      'Say what to change: --lifetime SPAN (or none), --comment TEXT, --priority N, --suspend, --resume, --boost.',
    );
  }
  const client = await context.client();
  await client.rules.update(id, change);
  await context.out.done({ rule: id, changed: change }, `Changed rule ${id}.`);
};
