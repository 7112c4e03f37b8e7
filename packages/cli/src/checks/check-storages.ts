import { type Client, collect, type RseDetails } from '@leman/client';
import { StorageError } from '@leman/protocols';
import { openStorages } from '../bytes/open-storages.ts';
import type { Context } from '../context.ts';
import { advise } from '../joining/advise.ts';
import type { Session } from '../session/find-session.ts';
import { sayBytes } from '../terminal/units.ts';
import type { Finding } from './print-finding.ts';

const FULL_BELOW = 0.05;

const space = async (client: Client, rse: string): Promise<{ say: string; full: boolean }> => {
  const [usage] = await collect(client.rses.usage(rse, 'storage'));
  if (!usage || usage.free === null) return { say: '', full: false };
  const part = usage.free / Math.max(1, usage.used + usage.free);
  return { say: `, ${sayBytes(usage.free)} free`, full: part < FULL_BELOW };
};

/** What to do about a storage that does not answer, in one sentence. */
const helps = (error: unknown, rse: string): string =>
  error instanceof StorageError && error.class === 'refused'
    ? `Start it: leman up, or leman serve --roles storage:${rse}, when it is one of this lake.`
    : advise(error);

/** Every storage answers at its address, with a certificate that can be verified. */
export async function* checkStorages(context: Context, session: Session): AsyncGenerator<Finding> {
  const client = await context.client();
  const protocols = await openStorages(session);
  try {
    for (const { rse } of await collect(client.rses.list())) {
      const check = `Storage ${rse}`;
      const details: RseDetails = await client.rses.get(rse);
      const url = details.protocols
        .map(({ scheme, hostname, port, prefix }) => `${scheme}://${hostname}:${port}${prefix}`)
        .find((address) => protocols.supports(address) && !address.startsWith('mock'));
      if (!url) {
        yield {
          check,
          state: 'warning',
          say: 'has no address that can be tried from here',
          todo: 'Add a protocol of scheme https or davs to it.',
        };
        continue;
      }
      try {
        await protocols.of(url).exists(url, { answerMs: 10_000 });
      } catch (error) {
        // Nothing is shown without a token: a refusal is an answer.
        const refused =
          error instanceof StorageError && (error.class === 'unauthenticated' || error.class === 'denied');
        if (!refused) {
          yield {
            check,
            state: 'failed',
            say: (error as Error).message,
            todo: `${helps(error, rse)} Or close it: leman rse close ${rse} read write delete.`,
          };
          continue;
        }
      }
      const { say, full } = await space(client, rse);
      yield full
        ? {
            check,
            state: 'warning',
            say: `answers${say}`,
            todo: 'It is nearly full: remove rules there, or give it more room.',
          }
        : { check, state: 'ok', say: `answers${say}` };
    }
  } finally {
    protocols.close();
  }
}
