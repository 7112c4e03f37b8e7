import type { LakeStatus, LakeStatusRse } from '@leman/contracts';
import { Link } from '@tanstack/react-router';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { Bytes } from '../parts/figures.tsx';
import { sayCount, sayShare } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Meter } from '../parts/meter.tsx';
import { Panel } from '../parts/panel.tsx';
import { State } from '../parts/state.tsx';
import classes from './now.module.css';
import { isFull, isOpen } from './say-lake.ts';

const doors = (rse: LakeStatusRse): string => {
  const closed = [
    rse.availability_read ? '' : 'reading',
    rse.availability_write ? '' : 'writing',
    rse.availability_delete ? '' : 'deletion',
  ].filter(Boolean);
  return closed.length === 0 ? 'Open' : closed.length === 3 ? 'Closed' : `No ${closed.join(', no ')}`;
};

const columns: readonly Column<LakeStatusRse>[] = [
  {
    key: 'storage',
    title: 'Storage (RSE)',
    value: ({ rse }) => rse,
    render: ({ rse, rse_type }) => (
      <span className={classes.storage}>
        <Icon name={rse_type === 'TAPE' ? 'tape' : 'disk'} />
        <Link to="/rules" search={{ 'rules-q': rse }} title={`Rules that name ${rse}`}>
          {rse}
        </Link>
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
            parts={[{ tone: isFull(rse) ? 'stuck' : 'water', value: rse.used }]}
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
    value: doors,
    render: (rse) => (
      <State
        tone={isOpen(rse) ? (isFull(rse) ? 'stuck' : 'ok') : 'failed'}
        word={isOpen(rse) && isFull(rse) ? 'Almost full' : rse.closed_itself ? 'Closed itself' : doors(rse)}
        {...(rse.closed_itself ? { term: rse.closed_itself } : {})}
      />
    ),
  },
];

/** Sites and storages: how full, and which doors are open. */
export const Storages = ({ status }: { status: LakeStatus | undefined }) => (
  <div id="storages">
    <Panel title="Sites and storages" flush>
      <DataTable
        id="storages"
        caption="Sites and storages with their used and free room"
        columns={columns}
        rows={status?.rses}
        rowKey={({ rse }) => rse}
        sort="storage"
        filter={(status?.rses.length ?? 0) > 8}
        empty={
          <Empty title="No storage yet">
            Add one with <code>leman rse add</code>, or start a lake with samples: <code>leman up</code>.
          </Empty>
        }
      />
    </Panel>
  </div>
);
