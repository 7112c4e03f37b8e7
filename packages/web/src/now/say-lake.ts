import type { LakeStatus, LakeStatusCount } from '@leman/contracts';
import { sayBytes, sayMany, sayShare } from '../parts/format.ts';

/** A piece of the first sentence; with `to` it leads to its evidence on the page. */
export interface SentencePart {
  text: string;
  to?: 'storages' | 'matrix' | 'throughput' | 'waiting' | 'daemons';
}

const FULL = 0.95;
const FAILING = 0.2;
/** Fewer attempts than this say nothing about a link. */
const ENOUGH = 5;

const list = (names: readonly string[]): string =>
  names.length <= 2 ? names.join(' and ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;

export const isOpen = (rse: LakeStatus['rses'][number]): boolean =>
  rse.availability_read && rse.availability_write && rse.availability_delete;
export const isFull = (rse: LakeStatus['rses'][number]): boolean =>
  rse.free !== null && rse.used + rse.free > 0 && rse.used / (rse.used + rse.free) > FULL;

const failing = ({ done, failed }: LakeStatusCount): boolean =>
  done + failed >= ENOUGH && failed / (done + failed) > FAILING;

/** Counts summed by one end of the links. */
export const sumBy = (status: LakeStatus, end: 'source' | 'destination', window: 'last_15m' | 'last_1h') => {
  const sums = new Map<string, LakeStatusCount>();
  for (const link of status.links) {
    const sum = sums.get(link[end]) ?? { done: 0, failed: 0, bytes: 0 };
    const more = link[window];
    sums.set(link[end], {
      done: sum.done + more.done,
      failed: sum.failed + more.failed,
      bytes: sum.bytes + more.bytes,
    });
  }
  return sums;
};

/** Bytes per second over the last minute that has something in it. */
export const rateNow = (status: LakeStatus): number => {
  const from = new Date(status.as_of).getTime() - 60_000;
  return (
    status.throughput
      .filter(({ at }) => new Date(at).getTime() >= from)
      .reduce((sum, { bytes }) => sum + bytes, 0) / 60
  );
};

/** How the lake is, in a few sentences, the worst news after the first. Only from what the status says. */
export const sayLake = (status: LakeStatus): SentencePart[] => {
  const { rses, transfers } = status;
  if (rses.length === 0) return [{ text: 'The lake has no storage yet.' }];
  const ill = rses.filter((rse) => !isOpen(rse) || isFull(rse));
  const parts: SentencePart[] = [
    ill.length === 0
      ? {
          text: rses.length === 1 ? 'The one storage is open' : `All ${rses.length} storages are open`,
          to: 'storages',
        }
      : {
          text: `${rses.length - ill.length} of ${sayMany(rses.length, 'storage')} are fully open`,
          to: 'storages',
        },
  ];
  const closed = ill.filter((rse) => !isOpen(rse)).map(({ rse }) => rse);
  const full = ill.filter(isFull).map(({ rse }) => rse);
  if (closed.length > 0)
    parts.push(
      { text: '; ' },
      { text: `${list(closed)} ${closed.length > 1 ? 'are' : 'is'} closed in part`, to: 'storages' },
    );
  if (full.length > 0)
    parts.push(
      { text: '; ' },
      { text: `${list(full)} ${full.length > 1 ? 'are' : 'is'} almost full`, to: 'storages' },
    );
  parts.push({ text: '. ' });
  for (const { closed_itself } of rses)
    if (closed_itself) parts.push({ text: closed_itself, to: 'storages' }, { text: ' ' });

  const bad = [...sumBy(status, 'destination', 'last_15m')].filter(([, count]) => failing(count));
  for (const [rse, { done, failed }] of bad.slice(0, 2)) {
    parts.push(
      {
        text: `${sayShare(failed, done + failed)} of the arrivals at ${rse} failed in the last 15 minutes`,
        to: 'matrix',
      },
      { text: '. ' },
    );
  }
  const moving = transfers.submitted;
  const rate = rateNow(status);
  if (moving > 0) {
    parts.push({
      text: `${sayMany(moving, 'file')} ${moving === 1 ? 'is' : 'are'} on the way`,
      to: 'throughput',
    });
    parts.push({ text: rate > 0 ? ` at ${sayBytes(rate)}/s` : '' });
  } else {
    parts.push({ text: 'Nothing is on the way', to: 'throughput' });
    const arrived = status.links.reduce((sum, { last_15m }) => sum + last_15m.done, 0);
    if (arrived > 0)
      parts.push({ text: `; ${sayMany(arrived, 'copy', 'copies')} arrived in the last 15 minutes` });
  }
  const waiting = transfers.queued + transfers.waiting.reduce((sum, { files }) => sum + files, 0);
  if (waiting > 0)
    parts.push(
      { text: '; ' },
      { text: `${sayMany(waiting, 'file')} ${waiting === 1 ? 'waits' : 'wait'}`, to: 'waiting' },
    );
  parts.push({ text: '.' });
  const dead = status.daemons.filter(({ alive }) => !alive).map(({ name }) => name);
  if (dead.length > 0)
    parts.push(
      { text: ' ' },
      { text: `The ${list(dead)} ${dead.length > 1 ? 'have' : 'has'} not been heard of`, to: 'daemons' },
      { text: '.' },
    );
  return parts;
};
