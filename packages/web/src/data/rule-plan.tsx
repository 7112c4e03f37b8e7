import type { Did } from '@leman/client';
import type { LakeStatus } from '@leman/contracts';
import { useQuery } from '@tanstack/react-query';
import { sayBytes, sayMany } from '../parts/format.ts';
import { State } from '../parts/state.tsx';
import classes from './data.module.css';
import { datasetCopiesQuery, fileCopiesQuery } from './data-queries.ts';

interface Target {
  rse: string;
  /** Bytes that would have to move. */
  missing: number;
  free: number | null;
  writable: boolean;
}

const rank = (target: Target): number => (target.writable ? 0 : 1);

/** What a rule would do, as far as it can be told before: which storages fit, what is there, what would move. */
export const RulePlan = ({
  did,
  copies,
  targets,
  status,
}: {
  did: Did;
  copies: number;
  targets: readonly string[];
  status: LakeStatus | undefined;
}) => {
  const dataset = useQuery({ ...datasetCopiesQuery(did), enabled: did.type !== 'FILE' });
  const file = useQuery({ ...fileCopiesQuery(did), enabled: did.type === 'FILE' });
  const size = did.bytes ?? 0;
  const there = new Map<string, number>();
  for (const copy of dataset.data ?? [])
    there.set(copy.rse, (there.get(copy.rse) ?? 0) + copy.available_bytes);
  for (const [rse, state] of Object.entries(file.data?.states ?? {}))
    if (state === 'AVAILABLE') there.set(rse, size);
  const known = new Map(status?.rses.map((rse) => [rse.rse, rse]));
  const rows: Target[] = targets
    .map((rse) => ({
      rse,
      missing: Math.max(0, size - (there.get(rse) ?? 0)),
      free: known.get(rse)?.free ?? null,
      writable: known.get(rse)?.availability_write ?? true,
    }))
    .toSorted((one, other) => rank(one) - rank(other) || one.missing - other.missing);
  const least = rows.slice(0, copies).reduce((sum, { missing }) => sum + missing, 0);
  if (targets.length < copies) {
    return (
      <div className={classes.plan}>
        <State tone="failed" word="Not possible" />
        <p>
          {sayMany(copies, 'copy', 'copies')} need as many storages; the expression names {targets.length}.
        </p>
      </div>
    );
  }
  return (
    <div className={classes.plan}>
      <strong>The plan</strong>
      <p>
        {targets.length === copies
          ? `${sayMany(copies, 'copy', 'copies')} at ${targets.join(' and ')}.`
          : `${sayMany(copies, 'copy', 'copies')} among ${sayMany(targets.length, 'storage')}; those that have most of it already are preferred.`}{' '}
        {dataset.data === null
          ? 'It holds too many datasets to tell here how much would move.'
          : least === 0
            ? 'Nothing would move.'
            : `At least ${sayBytes(least)} would move.`}{' '}
        The room counts against your quota.
      </p>
      <ul>
        {rows.slice(0, 8).map(({ rse, missing, free, writable }) => (
          <li key={rse}>
            <span>{rse}</span>
            {!writable ? (
              <State quiet tone="stuck" word="closed for writing" />
            ) : dataset.data === null ? (
              <State quiet tone="waiting" word={free === null ? 'open' : `${sayBytes(free)} free`} />
            ) : missing === 0 ? (
              <State quiet tone="ok" word="has all of it" />
            ) : free !== null && free < missing ? (
              <State quiet tone="failed" word={`too full: ${sayBytes(free)} free`} />
            ) : (
              <State quiet tone="moving" word={`${sayBytes(missing)} would move`} />
            )}
          </li>
        ))}
      </ul>
      {rows.length > 8 ? <p>and {sayMany(rows.length - 8, 'more storage')}.</p> : null}
    </div>
  );
};
