import type { LakeStatus, LakeStatusCount, LakeStatusRse } from '@leman/contracts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { Bytes } from '../parts/figures.tsx';
import { sayCount, sayShare } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Meter } from '../parts/meter.tsx';
import { Panel } from '../parts/panel.tsx';
import { isFull, sayDoors } from './doors.ts';
import { RseLink } from './rse-link.tsx';
import { RseState } from './rse-state.tsx';
import classes from './storages.module.css';
import { sumBy } from './sum-links.ts';

interface Row extends LakeStatusRse {
  /** Of the last 15 minutes. */
  arrivals: LakeStatusCount | undefined;
}

const columns: readonly Column<Row>[] = [
  {
    key: 'storage',
    title: 'Storage (RSE)',
    value: ({ rse }) => rse,
    render: ({ rse, rse_type }) => (
      <span className={classes.storage}>
        <Icon name={rse_type === 'TAPE' ? 'tape' : 'disk'} />
        <RseLink rse={rse} />
      </span>
    ),
  },
  { key: 'site', title: 'Site', value: ({ site }) => site, wide: true },
  {
    key: 'fill',
    title: 'Fill',
    value: ({ used, free }) => (free === null || used + free === 0 ? null : used / (used + free)),
    render: (rse) =>
      rse.free === null ? (
        'unknown'
      ) : (
        <span className={classes.fill}>
          <Meter
            label={`${rse.rse} is filled`}
            whole={rse.used + rse.free}
            parts={[{ tone: isFull(rse) ? 'full' : 'water', value: rse.used }]}
          />
          <span>{sayShare(rse.used, rse.used + rse.free)}</span>
        </span>
      ),
  },
  {
    key: 'used',
    title: 'Used',
    value: ({ used }) => used,
    render: ({ used }) => <Bytes value={used} />,
    right: true,
    wide: true,
  },
  {
    key: 'free',
    title: 'Free',
    value: ({ free }) => free,
    render: ({ free }) => <Bytes value={free} />,
    right: true,
    wide: true,
  },
  {
    key: 'files',
    title: 'Files',
    value: ({ files }) => files,
    render: ({ files }) => sayCount(files),
    right: true,
    wide: true,
  },
  {
    key: 'doors',
    title: 'State',
    value: sayDoors,
    render: (rse) => <RseState rse={rse} arrivals={rse.arrivals} />,
  },
];

/** Sites and storages: how full, and which doors are open. */
export const Storages = ({ status }: { status: LakeStatus | undefined }) => {
  const arrivals = status ? sumBy(status, 'destination', 'last_15m') : undefined;
  return (
    <div id="storages">
      <Panel title="Sites and storages" flush>
        <DataTable
          id="storages"
          caption="Sites and storages with their used and free room"
          columns={columns}
          rows={status?.rses.map((rse) => ({ ...rse, arrivals: arrivals?.get(rse.rse) }))}
          rowKey={({ rse }) => rse}
          sort="storage"
          filter={(status?.rses.length ?? 0) > 8}
          empty={
            <Empty title="No storage yet">
              Let a web storage that is there join the lake with <code>leman rse connect</code>.
            </Empty>
          }
        />
      </Panel>
    </div>
  );
};
