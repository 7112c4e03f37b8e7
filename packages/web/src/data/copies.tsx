import type { DatasetReplica, Did, DidName } from '@leman/client';
import { useQuery } from '@tanstack/react-query';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { Bytes, When } from '../parts/figures.tsx';
import { sayCount, sayShare } from '../parts/format.ts';
import { Meter } from '../parts/meter.tsx';
import { Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import { CopyState, State } from '../parts/state.tsx';
import { RseLink } from '../storages/rse-link.tsx';
import classes from './data.module.css';
import { datasetCopiesQuery, fileCopiesQuery } from './data-queries.ts';

const share = ({ available_length, length }: DatasetReplica) => (length > 0 ? available_length / length : 0);

const columns: readonly Column<DatasetReplica>[] = [
  { key: 'rse', title: 'Storage (RSE)', value: ({ rse }) => rse, render: ({ rse }) => <RseLink rse={rse} /> },
  {
    key: 'share',
    title: 'Available there',
    value: share,
    render: (copy) => (
      <span className={classes.share}>
        <Meter
          label={`Available at ${copy.rse}`}
          whole={copy.length}
          parts={[{ tone: 'ok', value: copy.available_length }]}
        />
        <span>{sayShare(copy.available_length, copy.length)}</span>
      </span>
    ),
  },
  {
    key: 'files',
    title: 'Files',
    value: ({ available_length }) => available_length,
    render: ({ available_length, length }) => `${sayCount(available_length)} of ${sayCount(length)}`,
    right: true,
    wide: true,
  },
  {
    key: 'bytes',
    title: 'Size',
    value: ({ available_bytes }) => available_bytes,
    render: ({ available_bytes }) => <Bytes value={available_bytes} />,
    right: true,
    wide: true,
  },
  {
    key: 'state',
    title: 'State',
    value: ({ state }) => state,
    render: (copy) =>
      share(copy) >= 1 ? (
        <State tone="ok" word="Complete" term={copy.state} />
      ) : (
        <State
          tone="waiting"
          word={copy.available_length > 0 ? 'In part' : 'Nothing yet'}
          term={copy.state}
        />
      ),
  },
  {
    key: 'updated',
    title: 'Changed',
    value: ({ updated_at }) => updated_at,
    render: ({ updated_at }) => <When at={updated_at} />,
    right: true,
    wide: true,
  },
];

/** Where the copies of a dataset or container are, and how whole they are. */
export const DatasetCopies = ({ did }: { did: Did }) => {
  const { data, error, refetch } = useQuery(datasetCopiesQuery(did));
  return (
    <Panel title="Copies (replicas)" note="by storage" flush>
      {error ? <Problem title="The copies cannot be listed." error={error} retry={() => refetch()} /> : null}
      <DataTable
        id="copies"
        caption="Copies by storage"
        columns={columns}
        rows={error || data === null ? [] : data}
        rowKey={({ rse, name }) => `${rse} ${name}`}
        sort="-share"
        empty={
          error ? null : data === null ? (
            <Empty title="Not summed">
              It holds too many datasets to sum here; the copies are shown on the pages of the datasets.
            </Empty>
          ) : (
            <Empty title="No copy anywhere yet">
              {did.type === 'DATASET'
                ? 'Drop files below to upload the first, or ask for copies once something is in it.'
                : 'The copies of its datasets show up here, summed by storage.'}
            </Empty>
          )
        }
      />
    </Panel>
  );
};

interface FileCopy {
  rse: string;
  state: string;
  pfns: string[];
}

const fileColumns: readonly Column<FileCopy>[] = [
  { key: 'rse', title: 'Storage (RSE)', value: ({ rse }) => rse, render: ({ rse }) => <RseLink rse={rse} /> },
  {
    key: 'state',
    title: 'State',
    value: ({ state }) => state,
    render: ({ state }) => <CopyState state={state} />,
  },
  {
    key: 'pfn',
    title: 'Address (PFN)',
    value: ({ pfns }) => pfns.map((pfn) => pfn.split('?')[0]).join(' '),
    // What follows the question mark may be a permission.
    render: ({ pfns }) => (
      <code className={classes.pfn}>{pfns.map((pfn) => pfn.split('?')[0]).join(' ')}</code>
    ),
    wide: true,
  },
];

/** Where the copies of a file are. */
export const FileCopies = ({ did }: { did: DidName }) => {
  const { data, error, refetch } = useQuery(fileCopiesQuery(did));
  const rows =
    data === undefined
      ? undefined
      : Object.entries(data?.states ?? {}).map(([rse, state]) => ({
          rse,
          state,
          pfns: data?.rses[rse] ?? [],
        }));
  return (
    <Panel title="Copies (replicas)" flush>
      {error ? <Problem title="The copies cannot be listed." error={error} retry={() => refetch()} /> : null}
      <DataTable
        id="copies"
        caption="Copies"
        columns={fileColumns}
        rows={error ? [] : rows}
        rowKey={({ rse }) => rse}
        sort="rse"
        empty={error ? null : <Empty title="No copy">Nothing is known of a copy of this file.</Empty>}
      />
    </Panel>
  );
};
