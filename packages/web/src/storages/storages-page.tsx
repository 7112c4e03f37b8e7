import type { LakeStatus } from '@leman/contracts';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { statusQuery } from '../app/lake.ts';
import { When } from '../parts/figures.tsx';
import { sayBytes, sayCount, sayMany } from '../parts/format.ts';
import { Lead } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import { isFailing, isFull, isOpen } from './doors.ts';
import { Storages } from './storage-table.tsx';
import { sumBy } from './sum-links.ts';

const sayStorages = (status: LakeStatus): string => {
  const { rses } = status;
  if (rses.length === 0) return 'The lake has no storage yet.';
  const sites = new Set(rses.map(({ site, rse }) => site ?? rse)).size;
  const ill = rses.filter((rse) => !isOpen(rse) || isFull(rse)).length;
  const failing = [...sumBy(status, 'destination', 'last_15m').values()].filter(isFailing).length;
  const free = rses.reduce((sum, rse) => sum + (rse.free ?? 0), 0);
  const health = [
    ill === 0 ? 'all open' : `${sayMany(ill, 'is', 'are')} closed in part or almost full`,
    failing > 0 ? `arrivals fail at ${sayCount(failing)}` : '',
  ]
    .filter(Boolean)
    .join(', ');
  return `${sayMany(rses.length, 'storage')} at ${sayMany(sites, 'site')}, ${health}; ${sayBytes(free)} are free.`;
};

/** All storages. */
export const StoragesPage = () => {
  const { data: status, error, refetch } = useQuery(statusQuery);
  useEffect(() => {
    document.title = 'Storages · Leman';
  }, []);
  return (
    <>
      <Lead
        kicker="Storages (RSEs)"
        aside={
          status ? (
            <span>
              as of <When at={status.as_of} />
            </span>
          ) : null
        }
      >
        {status ? sayStorages(status) : 'Storages'}
      </Lead>
      {error ? (
        <Problem title="The storages cannot be listed." error={error} retry={() => refetch()} />
      ) : null}
      <Storages status={status} />
    </>
  );
};
