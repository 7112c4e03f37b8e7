import { type Client, collect, type RseProtocol } from '@leman/client';
import { FieldError } from '@leman/contracts';
import { CommandError } from '../exit-codes.ts';
import { connectWithAll } from './connect-with-all.ts';
import { addressOf } from './read-address.ts';

const closed = { availability_read: false, availability_write: false, availability_delete: false };

/** Protocols of an RSE; none is an empty list. */
export const protocolsOf = async (client: Client, rse: string): Promise<RseProtocol[]> =>
  client.rses.protocols(rse).catch((error: unknown) => {
    if (error instanceof FieldError && error.name === 'RSEProtocolNotSupported') return [];
    throw error;
  });

const isThere = async (client: Client, rse: string): Promise<boolean> =>
  client.rses.get(rse).then(
    () => true,
    (error: unknown) => {
      if (error instanceof FieldError && error.name === 'RSENotFound') return false;
      throw error;
    },
  );

/**
 * Makes a storage known: RSE (closed for everything when it is new), protocol, attributes, and distances from and to
 * all others, nearer within a site. What is there already stays.
 *
 * @returns whether the RSE is new, and the others that it is connected with
 * @throws CommandError when the RSE is there with another address
 */
export const makeKnown = async (
  client: Client,
  rse: string,
  protocol: RseProtocol,
  attributes: Record<string, string | number | boolean>,
): Promise<{ made: boolean; others: string[] }> => {
  const made = !(await isThere(client, rse));
  const present = made ? [] : await protocolsOf(client, rse);
  const address = addressOf(protocol);
  if (present.length > 0 && !present.some((one) => addressOf(one) === address)) {
    throw new CommandError(
      'usage',
      `${rse} is known already, at ${present.map(addressOf).join(', ')}. Choose another name; or give it this address too with "leman rse protocol ${rse} add ${address}"; or, when the old one was wrong, "leman rse rm ${rse}" and connect it again.`,
    );
  }
  if (made) await client.rses.add(rse, { rse_type: 'DISK', deterministic: true, ...closed });
  if (present.length === 0) await client.rses.addProtocol(rse, protocol);
  for (const [key, value] of Object.entries(attributes)) await client.rses.setAttribute(rse, key, value);
  const others = (await collect(client.rses.list())).map((one) => one.rse).filter((name) => name !== rse);
  await connectWithAll(client, { rse, site: attributes.site }, others);
  return { made, others };
};
