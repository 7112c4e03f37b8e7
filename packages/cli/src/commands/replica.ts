import type { ReplicaSearch } from '@leman/client';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { paintState } from '../terminal/paint.ts';
import { sayBytes } from '../terminal/units.ts';
import { readDid, sayDid } from '../words.ts';

/** Copies of files and of all files below datasets: where, in which state, under which address. */
export const listReplicas = async (
  context: Context,
  [words]: [string[]],
  options: { rse?: string; allStates?: boolean },
): Promise<void> => {
  const client = await context.client();
  const search: ReplicaSearch = {
    dids: words.map(readDid),
    ...(options.rse ? { rse_expression: options.rse } : {}),
    ...(options.allStates ? { all_states: true } : {}),
  };
  if (context.json) {
    await context.out.rows(client.replicas.list(search), [], '');
    return;
  }
  const copies = async function* () {
    for await (const file of client.replicas.list(search)) {
      for (const [rse, pfns] of Object.entries(file.rses)) {
        // An address may carry a permission of its own: people see it without.
        yield { ...file, rse, pfn: pfns[0]?.split('?')[0] ?? '-', state: file.states[rse] ?? '-' };
      }
    }
  };
  await context.out.rows(
    copies(),
    [
      { title: 'FILE', text: sayDid },
      { title: 'SIZE', text: ({ bytes }) => sayBytes(bytes), right: true },
      { title: 'RSE', text: ({ rse }) => rse },
      { title: 'STATE', text: ({ state }) => paintState(state) },
      { title: 'ADDRESS', text: ({ pfn }) => pfn },
    ],
    'There is no copy.',
  );
};

/** Declares copies bad: they are made anew from another one, when there is one. */
export const declareBad = async (
  context: Context,
  [words]: [string[]],
  options: { rse: string; reason: string },
): Promise<void> => {
  const client = await context.client();
  const copies = words.map((word) => ({ ...readDid(word), rse: options.rse }));
  const unknown = Object.values(await client.replicas.declareBad(copies, options.reason)).flat();
  if (unknown.length > 0) {
    throw new CommandError('partial', `Not declared bad at ${options.rse}: ${unknown.join(', ')}.`);
  }
  await context.out.done(
    { bad: words, rse: options.rse },
    `Declared bad at ${options.rse}: ${words.join(', ')}.`,
  );
};
