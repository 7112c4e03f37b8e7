import type { LakeStatusCount, LakeStatusRse } from '@leman/contracts';
import { sayCount } from '../parts/format.ts';
import { State } from '../parts/state.tsx';
import { isFailing, isFull, isOpen, sayDoors } from './doors.ts';

/** Whether a storage takes part: its doors, whether there is room, and whether what is sent to it arrives. */
export const RseState = ({
  rse,
  arrivals,
}: {
  rse: LakeStatusRse;
  arrivals: LakeStatusCount | undefined;
}) => {
  const doors = sayDoors(rse);
  if (rse.closed_itself) return <State tone="failed" word="Closed itself" term={rse.closed_itself} />;
  if (!isOpen(rse)) return <State tone={doors === 'Closed' ? 'failed' : 'stuck'} word={doors} />;
  if (arrivals && isFailing(arrivals)) {
    const term = `Open, but ${sayCount(arrivals.failed)} of ${sayCount(arrivals.done + arrivals.failed)} arrivals failed in the last 15 minutes`;
    return <State tone="stuck" word="Arrivals fail" term={term} />;
  }
  return isFull(rse) ? <State tone="stuck" word="Almost full" /> : <State tone="ok" word="Open" />;
};
