import type { LakeStatus } from '@leman/contracts';
import { SegmentedControl, Skeleton } from '@mantine/core';
import { lazy, Suspense, useMemo } from 'react';
import { useView } from '../app/use-view.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Bytes, When } from '../parts/figures.tsx';
import { sayCount } from '../parts/format.ts';
import { Panel } from '../parts/panel.tsx';
import classes from './now.module.css';

const Chart = lazy(() => import('./throughput-chart.tsx'));

const STEP_MS = 10_000;
const WINDOW_MS = 900_000;

export interface Moment {
  at: number;
  done: number;
  failed: number;
  bytes: number;
}

/** The last 15 minutes in steps of 10 s; where nothing ended there is a zero. */
const fillGaps = (status: LakeStatus): Moment[] => {
  const end = Math.floor(new Date(status.as_of).getTime() / STEP_MS) * STEP_MS;
  const known = new Map(
    status.throughput.map((row) => [Math.floor(new Date(row.at).getTime() / STEP_MS) * STEP_MS, row]),
  );
  return Array.from({ length: WINDOW_MS / STEP_MS }, (_, index) => {
    const at = end - WINDOW_MS + (index + 1) * STEP_MS;
    const { done = 0, failed = 0, bytes = 0 } = known.get(at) ?? {};
    return { at, done, failed, bytes };
  });
};

const columns: readonly Column<Moment>[] = [
  { key: 'at', title: 'From', value: ({ at }) => at, render: ({ at }) => <When at={new Date(at)} /> },
  {
    key: 'rate',
    title: 'Rate',
    value: ({ bytes }) => bytes / 10,
    render: ({ bytes }) => (
      <>
        <Bytes value={bytes / 10} />
        /s
      </>
    ),
    right: true,
  },
  {
    key: 'done',
    title: 'Copied',
    value: ({ done }) => done,
    render: ({ done }) => sayCount(done),
    right: true,
  },
  {
    key: 'failed',
    title: 'Failed',
    value: ({ failed }) => failed,
    render: ({ failed }) => sayCount(failed),
    right: true,
  },
];

/** How much has been moving, as a picture or as its table. */
export const Throughput = ({ status }: { status: LakeStatus | undefined }) => {
  const [{ throughput }, set] = useView<{ throughput: string }>();
  const view = throughput === 'table' ? 'table' : 'picture';
  const moments = useMemo(() => (status ? fillGaps(status) : undefined), [status]);
  return (
    <div id="throughput">
      <Panel
        title="Throughput"
        note="the last 15 minutes, in steps of 10 s"
        flush
        tools={
          <SegmentedControl
            size="xs"
            aria-label="Throughput as picture or table"
            value={view}
            onChange={(value) => set({ throughput: value === 'table' ? value : undefined })}
            data={[
              { value: 'picture', label: 'Picture' },
              { value: 'table', label: 'Table' },
            ]}
          />
        }
      >
        {view === 'table' ? (
          <DataTable
            id="moments"
            caption="Throughput of the last 15 minutes"
            columns={columns}
            rows={moments?.filter(({ done, failed }) => done + failed > 0)}
            rowKey={({ at }) => String(at)}
            sort="-at"
            page={12}
            empty={<p className={classes.quiet}>No transfer has ended in the last 15 minutes.</p>}
          />
        ) : (
          <div className={classes.chart}>
            {moments?.every(({ done, failed }) => done + failed === 0) ? (
              <p className={classes.quiet}>
                No transfer has ended in the last 15 minutes. Bytes that arrive and attempts that fail are
                drawn here as it happens.
              </p>
            ) : moments ? (
              <Suspense fallback={<Skeleton height={200} />}>
                <Chart moments={moments} />
              </Suspense>
            ) : (
              <Skeleton height={200} />
            )}
          </div>
        )}
      </Panel>
    </div>
  );
};
