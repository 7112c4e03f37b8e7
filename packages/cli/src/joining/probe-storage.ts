import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Client } from '@leman/client';
import { createAdler32 } from '@leman/contracts';
import { type Protocols, StorageError, sameChecksum } from '@leman/protocols';
import type { Finding } from '../checks/print-finding.ts';
import { advise, isRefusal } from './advise.ts';
import { probeCopies } from './probe-copies.ts';
import { type Door, openDoors } from './probe-doors.ts';

const BYTES = 1_000_000;
const ANSWER_MS = 15_000;
/** When the token is accepted and the writing is not. */
const NOT_WRITABLE =
  "It knows the token and refuses to write: let the storage's own user write in the directory, and let the rule for this issuer allow storage.create there.";

export interface Probe {
  client: Client;
  protocols: Protocols;
  /** Scope of the probe's files; they are never registered. */
  scope: string;
  rse: string;
  /** URL below which its files lie. */
  address: string;
  /** Other storages, for third-party copies. */
  others: readonly string[];
  /** It is meant to be open to everybody. */
  anonymous: boolean;
  /** PEM file of the lake's authority, for people. */
  caFile: string | undefined;
}

const message = (error: unknown): string => (error as Error).message;
const failed = (check: string, error: unknown): Finding => ({
  check,
  state: 'failed',
  say: message(error),
  todo: advise(error),
});

/**
 * Tries a storage with a file of its own, as the lake will use it, and removes it again. Yields what was found; ends
 * early when nothing further makes sense.
 */
export async function* probeStorage(probe: Probe): AsyncGenerator<Finding> {
  const { client, protocols, rse, address, anonymous } = probe;
  const protocol = protocols.of(address);
  try {
    await protocol.stat(address, { answerMs: ANSWER_MS });
    yield { check: 'Answers', state: 'ok', say: address };
  } catch (error) {
    if (!isRefusal(error)) {
      yield failed('Answers', error);
      return;
    }
    yield { check: 'Answers', state: 'ok', say: `${address} (and shows nothing without a token)` };
  }

  const bytes = randomBytes(BYTES);
  const adler32 = createAdler32().update(bytes).digest();
  const open = () => Readable.from([bytes], { objectMode: false });
  const doors = openDoors(client, probe.scope);
  const door = await doors.open(rse);
  const remove = async (): Promise<void> => {
    const outcome = await protocol.delete(door.pfn, { token: await doors.deletion(door) });
    if (outcome !== 'deleted' || (await protocol.exists(door.pfn, { token: door.token })))
      throw new StorageError('It says that the file is deleted, and the file is still there', {
        side: 'destination',
        phase: 'clean',
        class: 'failure',
      });
  };
  let written = false;
  try {
    const opened = await protocol.put(door.pfn, open(), { size: BYTES }).then(
      () => true,
      () => false,
    );
    if (opened) {
      written = true;
      if (!anonymous) {
        yield {
          check: 'Without a token',
          state: 'warning',
          say: 'everybody who reaches it can write there',
          todo: 'Switch authorization on, with the values below; or say that this is wanted: --anonymous.',
        };
      }
      try {
        await remove();
        written = false;
      } catch (error) {
        yield failed('Delete', error);
        return;
      }
    } else if (!anonymous) yield { check: 'Without a token', state: 'ok', say: 'nobody can write there' };

    try {
      await protocol.stat(door.pfn, { token: door.token });
      if (!anonymous && !opened) yield { check: 'Token', state: 'ok', say: 'accepted' };
    } catch (error) {
      yield failed('Token', error);
      return;
    }
    try {
      written = true;
      await protocol.put(door.pfn, open(), { size: BYTES, adler32, token: door.token });
      yield { check: 'Write', state: 'ok', say: `${BYTES} bytes` };
    } catch (error) {
      written = false;
      yield isRefusal(error) ? { ...failed('Write', error), todo: NOT_WRITABLE } : failed('Write', error);
      return;
    }
    yield await readBack(protocols, door, bytes, adler32);
    yield* probeCopies(probe, doors, { door, bytes, adler32 });
    if (!anonymous && !opened) yield await readSigned(protocols, door, bytes);
    try {
      await remove();
      written = false;
      yield { check: 'Delete', state: 'ok', say: 'what the probe wrote is gone again' };
    } catch (error) {
      yield failed('Delete', error);
    }
  } finally {
    if (written) await remove().catch(() => undefined);
  }
}

const readBack = async (
  protocols: Protocols,
  { pfn, token }: Door,
  bytes: Buffer,
  adler32: string,
): Promise<Finding> => {
  const protocol = protocols.of(pfn);
  try {
    const { body } = await protocol.get(pfn, { token });
    if (!bytes.equals(await buffer(body))) {
      return {
        check: 'Read',
        state: 'failed',
        say: 'other bytes come back than were sent',
        todo: 'Check the storage before anything is kept there.',
      };
    }
    const stored = (await protocol.stat(pfn, { token, checksum: 'adler32' }))?.checksums.adler32;
    if (stored === undefined) {
      return {
        check: 'Read',
        state: 'warning',
        say: 'the same bytes, but it tells no adler32 checksum: every copy there is read once to be verified',
        todo: 'Let it keep adler32 checksums and tell them over HTTP (Want-Digest).',
      };
    }
    if (!sameChecksum(stored, adler32)) {
      return {
        check: 'Read',
        state: 'failed',
        say: `the same bytes, but it tells the checksum ${stored} instead of ${adler32}`,
        todo: 'Check the checksums of the storage: every copy there would be refused.',
      };
    }
    return { check: 'Read', state: 'ok', say: `the same bytes, checksum ${stored}` };
  } catch (error) {
    return failed('Read', error);
  }
};

/** The finding that tells whether addresses that carry their permission work. */
export const SIGNED = 'Signed address';

const readSigned = async (protocols: Protocols, { pfn, token }: Door, bytes: Buffer): Promise<Finding> => {
  try {
    const { body } = await protocols.of(pfn).get(`${pfn}?authz=${token}`);
    if (bytes.equals(await buffer(body)))
      return { check: SIGNED, state: 'ok', say: 'works: clients without tokens can be let in' };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
  }
  return {
    check: SIGNED,
    state: 'warning',
    say: 'does not work: clients need a token of their own to read and write there',
  };
};
