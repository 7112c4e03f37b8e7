import type { LakeStatus, LakeStatusLink } from '@leman/contracts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Bytes } from '../parts/figures.tsx';
import { sayCount, sayShare } from '../parts/format.ts';
import { Panel } from '../parts/panel.tsx';
import { RseLink } from './rse-link.tsx';
import classes from './storages.module.css';

interface Way extends LakeStatusLink {
  way: 'from' | 'to';
  other: string;
}

const columns: readonly Column<Way>[] = [
  {
    key: 'other',
    title: 'Link',
    value: ({ way, other }) => `${way} ${other}`,
    render: ({ way, other }) => (
      <>
        {way} <RseLink rse={other} />
      </>
    ),
  },
  {
    key: 'active',
    title: 'On the way',
    value: ({ active }) => active,
    render: ({ active }) => sayCount(active),
    right: true,
  },
  {
    key: 'done',
    title: 'Copied',
    value: ({ last_1h }) => last_1h.done,
    render: ({ last_1h }) => sayCount(last_1h.done),
    right: true,
  },
  {
    key: 'bytes',
    title: 'Moved',
    value: ({ last_1h }) => last_1h.bytes,
    render: ({ last_1h }) => <Bytes value={last_1h.bytes} />,
    right: true,
    wide: true,
  },
  {
    key: 'failed',
    title: 'Failed',
    value: ({ last_1h }) => last_1h.failed,
    render: ({ last_1h }) => sayCount(last_1h.failed),
    right: true,
    wide: true,
  },
  {
    key: 'success',
    title: 'Success',
    value: ({ last_1h: { done, failed } }) => (done + failed > 0 ? done / (done + failed) : null),
    render: ({ last_1h: { done, failed } }) => sayShare(done, done + failed),
    right: true,
  },
];

/** What came to a storage and went from it, link by link. */
export const StorageLinks = ({ rse, status }: { rse: string; status: LakeStatus | undefined }) => (
  <Panel title="Transfers" note="the last hour, by link" flush>
    <DataTable
      id="links"
      caption={`Transfers to and from ${rse} in the last hour`}
      columns={columns}
      rows={status?.links.flatMap((link): Way[] => [
        ...(link.destination === rse ? [{ ...link, way: 'from' as const, other: link.source }] : []),
        ...(link.source === rse ? [{ ...link, way: 'to' as const, other: link.destination }] : []),
      ])}
      rowKey={({ way, other }) => `${way} ${other}`}
      sort="success"
      empty={<p className={classes.quiet}>Nothing was copied to or from it in the last hour.</p>}
    />
  </Panel>
);
