import type { FollowOptions } from '@leman/client';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { paint } from '../terminal/paint.ts';

const shown = ['scope', 'name', 'src-rse', 'dst-rse', 'rse', 'rule_id', 'reason'];
/** Without --follow: what was kept, until nothing more comes for so long. */
const QUIET_MS = 1000;

/** One event as a line for people: time, type, and what it is about. */
const sayEvent = (type: string, payload: Record<string, unknown>): string => {
  const facts = shown.filter((key) => payload[key]).map((key) => `${key}=${String(payload[key])}`);
  const at = String(payload.event_at).slice(0, 19).replace('T', ' ');
  return `${paint('dim', at)}  ${paint('bold', type.padEnd(20))}  ${facts.join(' ')}`;
};

/** The events of the lake: those kept, and with --follow those that come. */
export const events = async (
  context: Context,
  _words: [],
  options: { follow?: boolean; after?: string; types?: string },
): Promise<void> => {
  if (options.after !== undefined && !/^\d+$/.test(options.after)) {
    throw new CommandError('usage', `--after must be the number of an event, not "${options.after}".`);
  }
  const client = await context.client();
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
  let [quiet, lost, told]: [NodeJS.Timeout | undefined, boolean, boolean] = [undefined, false, false];
  const rearm = () => {
    if (options.follow) return;
    clearTimeout(quiet);
    quiet = setTimeout(() => ended.abort(), QUIET_MS);
  };
  const follow: FollowOptions = {
    signal: ended.signal,
    onState(state, wait) {
      if (state === 'open') {
        if (options.follow && options.after === undefined && !context.json && process.stderr.isTTY && !told) {
          process.stderr.write(
            'What happens from now on (Ctrl-C ends it; --after 0 shows what was kept, too):\n',
          );
        }
        told = true;
        return rearm();
      }
      if (ended.signal.aborted) return;
      if (!options.follow) {
        lost = true;
        ended.abort();
      } else if (!context.json) {
        process.stderr.write(
          `leman: the lake does not answer, trying again in ${Math.round((wait ?? 0) / 100) / 10} s\n`,
        );
      }
    },
    ...(options.types ? { types: options.types.split(',') } : {}),
    // From the oldest kept one, unless only the coming ones are wanted.
    ...(options.after !== undefined ? { after: options.after } : options.follow ? {} : { after: '0' }),
  };
  try {
    for await (const { id, type, payload } of client.events(follow)) {
      rearm();
      await context.out.done({ id, type, payload }, sayEvent(type, payload));
    }
  } finally {
    clearTimeout(quiet);
  }
  if (lost) throw new CommandError('unreachable', `${client.url} does not answer. Is it running?`);
};
