import type { Did, DidContent } from '@leman/client';
import { ActionIcon, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { Bytes } from '../parts/figures.tsx';
import { sayCount } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import { contentQuery, fileUrl, MOST_CONTENTS } from './data-queries.ts';
import { DidLink } from './did-link.tsx';

const nameColumn: Column<DidContent> = {
  key: 'name',
  title: 'Name',
  value: ({ scope, name }) => `${scope}:${name}`,
  render: (child) => <DidLink did={child} kind={child.type} />,
};
const fileColumns: readonly Column<DidContent>[] = [
  nameColumn,
  {
    key: 'adler32',
    title: 'Checksum (adler32)',
    value: ({ adler32 }) => adler32,
    render: ({ adler32 }) => <code>{adler32 ?? '–'}</code>,
    wide: true,
  },
  {
    key: 'bytes',
    title: 'Size',
    value: ({ bytes }) => bytes,
    render: ({ bytes }) => <Bytes value={bytes} />,
    right: true,
  },
  {
    key: 'get',
    title: 'Get',
    value: () => null,
    action: true,
    render: (child) => (
      <Tooltip label="Download">
        <ActionIcon
          component="a"
          href={fileUrl(child)}
          download
          variant="subtle"
          color="gray"
          aria-label={`Download ${child.name}`}
        >
          <Icon name="download" size={14} />
        </ActionIcon>
      </Tooltip>
    ),
    right: true,
  },
];
const collectionColumns: readonly Column<DidContent>[] = [
  nameColumn,
  { key: 'kind', title: 'Kind', value: ({ type }) => type.toLowerCase() },
];

/** What a dataset or container holds. */
export const Contents = ({ did }: { did: Did }) => {
  const kind = did.type;
  const { data, error, refetch } = useQuery(contentQuery(did));
  const cut = data !== undefined && data.length >= MOST_CONTENTS;
  return (
    <Panel
      title={kind === 'DATASET' ? 'Files' : 'Contents'}
      note={data ? (cut ? `the first ${sayCount(MOST_CONTENTS)}` : sayCount(data.length)) : undefined}
      flush
    >
      {error ? (
        <Problem title="The contents cannot be listed." error={error} retry={() => refetch()} />
      ) : null}
      <DataTable
        id="files"
        caption={`What ${did.name} holds`}
        columns={kind === 'DATASET' ? fileColumns : collectionColumns}
        rows={error ? [] : data}
        rowKey={({ scope, name }) => `${scope}:${name}`}
        sort="name"
        filter={(data?.length ?? 0) > 10}
        page={25}
        {...(cut ? { cut: `There is more. Search for it by name in ${did.scope}.` } : {})}
        empty={
          error ? null : (
            <Empty title="Nothing in it yet">
              {kind === 'DATASET' ? 'Drop files above, or send a folder with ' : 'Put datasets into it with '}
              <code>{kind === 'DATASET' ? 'leman upload' : 'leman dataset attach'}</code>.
            </Empty>
          )
        }
      />
    </Panel>
  );
};
