import type { LakeStatus } from '@leman/contracts';
import { sayBytes, sayMany, sayShare } from '../parts/format.ts';
import { isFailing, isFull, isOpen } from '../storages/doors.ts';
import { sumBy } from '../storages/sum-links.ts';

/** A piece of the first sentence; with `to` it leads to its evidence on the page. */
export interface SentencePart {
  text: string;
  to?: 'storages' | 'matrix' | 'throughput' | 'waiting' | 'daemons' | 'data';
}

const list = (names: readonly string[]): string =>
  names.length <= 2 ? names.join(' and ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;

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
  if (rses.every(({ files }) => files === 0))
    return [
      ...parts,
      { text: 'They hold nothing yet: ' },
      { text: 'put data in', to: 'data' },
      { text: '.' },
    ];

  const bad = [...sumBy(status, 'destination', 'last_15m')].filter(([, count]) => isFailing(count));
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
