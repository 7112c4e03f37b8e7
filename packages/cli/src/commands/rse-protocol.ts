import type { RseProtocol } from '@leman/client';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { protocolsOf } from '../joining/make-known.ts';
import { addressOf, readAddress } from '../joining/read-address.ts';

const sayDomain = (priorities: Record<string, number | null>): string =>
  Object.entries(priorities)
    .filter(([, priority]) => priority !== null)
    .map(([operation, priority]) => `${operation.replace('third_party_copy', 'copy')} ${priority}`)
    .join(', ') || 'nothing';

/** The addresses of an RSE: shown, one more (`add URL`), one less (`rm URL`). */
export const protocols = async (
  context: Context,
  [rse, action, url]: [string, string | undefined, string | undefined],
  options: { scheme?: string },
): Promise<void> => {
  const client = await context.client();
  if (action === undefined || action === 'list') {
    await client.rses.get(rse);
    await context.out.rows<RseProtocol>(
      await protocolsOf(client, rse),
      [
        { title: 'ADDRESS', text: addressOf },
        { title: 'WITHIN THE SITE', text: ({ domains }) => sayDomain(domains.lan) },
        { title: 'FROM OUTSIDE', text: ({ domains }) => sayDomain(domains.wan) },
      ],
      `${rse} has no address yet. Add one: leman rse protocol ${rse} add URL.`,
    );
    return;
  }
  if ((action !== 'add' && action !== 'rm') || url === undefined) {
    throw new CommandError(
      'usage',
      `Write "leman rse protocol ${rse}", "leman rse protocol ${rse} add URL" or "leman rse protocol ${rse} rm URL".`,
    );
  }
  const protocol = readAddress(url, options.scheme);
  const address = addressOf(protocol);
  if (action === 'add') {
    await client.rses.addProtocol(rse, protocol);
    await context.out.done({ rse, added: address }, `${rse} is reached at ${address} too.`);
    return;
  }
  if (!(await protocolsOf(client, rse)).some((one) => addressOf(one) === address)) {
    throw new CommandError('notFound', `${rse} is not at ${address}. See: leman rse protocol ${rse}.`);
  }
  await client.rses.removeProtocol(rse, protocol);
  await context.out.done({ rse, removed: address }, `${rse} is not reached at ${address} any more.`);
};

/** How far apart two RSEs are, both ways; with a number it is set for both ways. */
export const distance = async (
  context: Context,
  [one, other, word]: [string, string, string | undefined],
): Promise<void> => {
  if (word !== undefined && !/^\d{1,9}$/.test(word)) {
    throw new CommandError('usage', `A distance is a whole number, 1 for near, not "${word}".`);
  }
  const number = word === undefined ? undefined : Number(word);
  const client = await context.client();
  const pairs: [string, string][] = [
    [one, other],
    [other, one],
  ];
  const known = await Promise.all(pairs.map(([from, to]) => client.rses.distance(from, to)));
  if (number !== undefined) {
    for (const [index, [from, to]] of pairs.entries()) {
      const [there] = known[index]!;
      if (there) await client.rses.changeDistance(from, to, number);
      else await client.rses.setDistance(from, to, number);
    }
    await context.out.done(
      { rses: [one, other], distance: number },
      `${one} and ${other} are ${number} apart, both ways.`,
    );
    return;
  }
  const rows = pairs.map(([from, to], index) => ({ from, to, distance: known[index]![0]?.distance ?? null }));
  await context.out.rows(
    rows,
    [
      { title: 'FROM', text: (row) => row.from },
      { title: 'TO', text: (row) => row.to },
      { title: 'DISTANCE', text: (row) => String(row.distance ?? 'not connected'), right: true },
    ],
    '',
  );
};
