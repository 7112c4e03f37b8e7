import { Readable } from 'node:stream';
import { StorageError, sameChecksum } from '@leman/protocols';
import type { Finding } from '../checks/print-finding.ts';
import { advise } from './advise.ts';
import type { Door, Doors } from './probe-doors.ts';
import type { Probe } from './probe-storage.ts';

const PARTNERS_TRIED = 3;
const STALL_MS = 30_000;

interface Content {
  /** The file that lies at the storage already. */
  door: Door;
  bytes: Buffer;
  adler32: string;
}

/** A storage of the lake that takes the same file, and its file there. */
const findPartner = async (probe: Probe, doors: Doors, content: Content): Promise<Door | undefined> => {
  for (const rse of probe.others.slice(0, PARTNERS_TRIED)) {
    try {
      const door = await doors.open(rse);
      const body = Readable.from([content.bytes], { objectMode: false });
      await probe.protocols.of(door.pfn).put(door.pfn, body, {
        size: content.bytes.length,
        token: door.token,
        answerMs: 10_000,
      });
      return door;
    } catch {
      // Closed, down or full: the next one will do as well.
    }
  }
  return undefined;
};

/** What to do when `active` could not fetch from or send to `passive`. */
const adviseCopy = (error: unknown, probe: Probe, active: string, passive: string): string => {
  if (error instanceof StorageError) {
    const authority = probe.caFile ? ` (${probe.caFile})` : '';
    if (error.class === 'tls' || /ssl|tls|certificate/i.test(error.message)) {
      return active === probe.rse
        ? `${active} cannot verify the certificate of ${passive}: let it trust the lake's authority${authority}.`
        : `${active} cannot verify the certificate of ${passive}: see HOME/authorities.pem.`;
    }
    if (['dns', 'refused', 'connect-timeout'].includes(error.class))
      return `${active} cannot reach ${passive}: check the way between them, and that the address of ${passive} holds on its side too.`;
  }
  return advise(error);
};

/** One copy as the transfer service makes it: pulled by the destination, else pushed by the source. */
const copy = async (
  probe: Probe,
  from: Door,
  to: Door,
  adler32: string,
): Promise<{ mode: 'pull' | 'push' } | { mode: 'pull' | 'push'; error: unknown }> => {
  const { protocols } = probe;
  let unsupported: unknown;
  for (const mode of ['pull', 'push'] as const) {
    try {
      await protocols.of(to.pfn).thirdPartyCopy!({
        mode,
        source: from.pfn,
        destination: to.pfn,
        sourceToken: from.token,
        destinationToken: to.token,
        stallMs: STALL_MS,
      });
      const stored = await protocols.of(to.pfn).checksum(to.pfn, 'adler32', { token: to.token });
      if (sameChecksum(stored, adler32)) return { mode };
      return { mode, error: new Error(`The copy has the checksum ${stored} instead of ${adler32}.`) };
    } catch (error) {
      if (!(error instanceof StorageError && error.class === 'unsupported')) return { mode, error };
      unsupported = error;
    }
  }
  return { mode: 'push', error: unsupported };
};

/** Copies from another storage of the lake and back to it, without the bytes passing through here. */
export async function* probeCopies(probe: Probe, doors: Doors, content: Content): AsyncGenerator<Finding> {
  const partner = await findPartner(probe, doors, content);
  if (!partner) {
    yield {
      check: 'Third-party copy',
      state: 'warning',
      say: 'not tried: no other storage of the lake takes a file now',
    };
    return;
  }
  const targets: Door[] = [];
  try {
    for (const incoming of [true, false]) {
      const target = await doors.open(incoming ? probe.rse : partner.rse);
      targets.push(target);
      const [from, to] = incoming ? [partner, target] : [content.door, target];
      const check = `Copy ${incoming ? 'from' : 'to'} ${partner.rse}`;
      const outcome = await copy(probe, from, to, content.adler32);
      if (!('error' in outcome)) {
        const how = outcome.mode === 'pull' ? `${to.rse} fetches it` : `${from.rse} sends it`;
        yield { check, state: 'ok', say: `${how}, verified` };
        continue;
      }
      const { error, mode } = outcome;
      if (error instanceof StorageError && error.class === 'unsupported') {
        yield {
          check,
          state: 'warning',
          say: 'no third-party copy: the bytes pass through the transfer service',
          todo: 'Switch HTTP third-party copy (COPY) on at the storage.',
        };
        continue;
      }
      const [active, passive] = mode === 'pull' ? [to.rse, from.rse] : [from.rse, to.rse];
      yield {
        check,
        state: 'failed',
        say: (error as Error).message,
        todo: adviseCopy(error, probe, active, passive),
      };
    }
  } finally {
    for (const one of [partner, ...targets]) {
      const token = await doors.deletion(one);
      await probe.protocols
        .of(one.pfn)
        .delete(one.pfn, { token })
        .catch(() => undefined);
    }
  }
}
