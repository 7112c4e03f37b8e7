import type { LakeStatus, LakeStatusCount } from '@leman/contracts';

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
