import type { Facts, ReasonCode } from '@leman/contracts';
import type { Rse, RseDirectory } from '../rses/rse-directory.ts';
import type { Link } from './find-link.ts';
import type { Source } from './find-sources.ts';

export interface Chosen {
  source: Source;
  rse: Rse;
  link: Link;
}

export interface Refused {
  reason: ReasonCode;
  facts: Facts;
}

export interface Choice {
  directory: RseDirectory;
  destination: Rse;
  sources: readonly Source[];
  /** What is said against copies of the file, in words. */
  bad?: string | undefined;
  /** RSE ids allowed by the rule's source expression; undefined: all. */
  allowed: ReadonlySet<string> | undefined;
  failed: ReadonlySet<string>;
  linkOf(source: Rse, destination: Rse): Link | undefined;
  /** 0..1, decides between equals. */
  random(): number;
}

const names = (rses: readonly Rse[]): string =>
  rses
    .map((rse) => rse.rse)
    .sort()
    .slice(0, 10)
    .join(', ');

/**
 * The copy to read from: open, connected, speaking a common protocol; those that failed before last, disks before
 * tapes, near before far, else by chance. Or why there is none, with the facts.
 */
export const chooseSource = (choice: Choice): Chosen | Refused => {
  const { directory, destination, sources, allowed, failed } = choice;
  if (!destination.availability_write)
    return { reason: 'DESTINATION_CLOSED', facts: { destination: destination.rse } };
  const known = sources.flatMap((source) => {
    const rse = directory.byId.get(source.rse_id);
    return rse && rse.id !== destination.id ? [{ source, rse }] : [];
  });
  const refuse = (reason: ReasonCode, detail: string, source = ''): Refused => ({
    reason,
    facts: { detail, destination: destination.rse, ...(source ? { source } : {}) },
  });
  if (known.length === 0) {
    const bad = choice.bad ? `; ${choice.bad}` : '';
    return refuse('NO_SOURCES', `no storage has an available copy${bad}`);
  }
  const wanted = allowed ? known.filter(({ rse }) => allowed.has(rse.id)) : known;
  if (wanted.length === 0) {
    return refuse(
      'NO_SOURCES',
      `the rule's source expression excludes ${names(known.map((one) => one.rse))}`,
    );
  }
  const open = wanted.filter(({ rse }) => rse.availability_read);
  if (open.length === 0) {
    const closed = names(wanted.map((one) => one.rse));
    return refuse('SOURCE_UNAVAILABLE', closed, closed);
  }
  const connected = open.filter(({ rse }) => directory.distance(rse.id, destination.id) !== undefined);
  if (connected.length === 0) {
    const far = names(open.map((one) => one.rse));
    return refuse('NO_SOURCES', `no distance is set from ${far} to ${destination.rse}`, far);
  }
  const ways = connected.flatMap(({ source, rse }) => {
    const link = choice.linkOf(rse, destination);
    const distance = directory.distance(rse.id, destination.id)!;
    return link ? [{ source, rse, link, distance, chance: choice.random() }] : [];
  });
  if (ways.length === 0) {
    const mute = names(connected.map((one) => one.rse));
    return refuse('NO_ROUTE', mute, mute);
  }
  ways.sort(
    (a, b) =>
      Number(failed.has(a.rse.id)) - Number(failed.has(b.rse.id)) ||
      Number(a.rse.rse_type === 'TAPE') - Number(b.rse.rse_type === 'TAPE') ||
      a.distance - b.distance ||
      a.chance - b.chance,
  );
  return ways[0]!;
};
