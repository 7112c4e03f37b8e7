import type { LakeStatusCount, LakeStatusRse } from '@leman/contracts';

const FULL = 0.95;
const FAILING = 0.2;
/** Fewer attempts than this say nothing about a storage or link. */
const ENOUGH = 5;

type Doors = Pick<LakeStatusRse, 'availability_read' | 'availability_write' | 'availability_delete'>;

/** Whether it may be read from, written to and deleted from. */
export const isOpen = (rse: Doors): boolean =>
  rse.availability_read && rse.availability_write && rse.availability_delete;

export const isFull = ({ used, free }: Pick<LakeStatusRse, 'used' | 'free'>): boolean =>
  free !== null && used + free > 0 && used / (used + free) > FULL;

/** Whether more of the attempts fail than one lets pass. */
export const isFailing = ({ done, failed }: Pick<LakeStatusCount, 'done' | 'failed'>): boolean =>
  done + failed >= ENOUGH && failed / (done + failed) > FAILING;

/** `Open`, `Closed`, or what is not allowed: `No writing`. */
export const sayDoors = (rse: Doors): string => {
  const closed = [
    rse.availability_read ? '' : 'reading',
    rse.availability_write ? '' : 'writing',
    rse.availability_delete ? '' : 'deletion',
  ].filter(Boolean);
  return closed.length === 0 ? 'Open' : closed.length === 3 ? 'Closed' : `No ${closed.join(', no ')}`;
};
