import type { DidHit } from '@leman/client';
import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { Bytes } from '../parts/figures.tsx';
import { sayCount, sayMany } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Lead, Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import { type Kind, MOST_ROWS, namesQuery } from './data-queries.ts';
import { DidLink } from './did-link.tsx';
import { NewDataset } from './new-dataset.tsx';

const columns: readonly Column<DidHit>[] = [
  {
    key: 'name',
    title: 'Name',
    value: ({ name }) => name,
    render: (hit) => <DidLink did={hit} kind={hit.did_type} short />,
  },
  { key: 'kind', title: 'Kind', value: ({ did_type }) => did_type.toLowerCase(), wide: true },
  {
    key: 'length',
    title: 'Holds',
    value: ({ length }) => length,
    render: ({ length, did_type }) => (length === null ? '' : did_type === 'FILE' ? '' : sayCount(length)),
    right: true,
  },
  {
    key: 'bytes',
    title: 'Size',
    value: ({ bytes }) => bytes,
    render: ({ bytes }) => <Bytes value={bytes} />,
    right: true,
  },
];

/** What a scope holds, with a search. */
export const ScopePage = () => {
  const { scope } = useParams({ from: '/inside/data/$scope' });
  const search = useSearch({ strict: false }) as { kind?: Kind; name?: string };
  const navigate = useNavigate();
  const [making, setMaking] = useState(false);
  const kind = search.kind ?? 'collection';
  const name = String(search.name ?? '');
  const { data, error, refetch } = useQuery(namesQuery(scope, kind, name));
  const set = (change: { kind?: string; name?: string | undefined }) =>
    navigate({ to: '.', search: ((before: object) => ({ ...before, ...change })) as never, replace: true });
  const setName = useDebouncedCallback((text: string) => set({ name: text || undefined }), 200);
  useEffect(() => {
    document.title = `${scope} · Leman`;
  }, [scope]);
  const cut = data !== undefined && data.length >= MOST_ROWS;
  const count = data
    ? `${cut ? 'more than ' : ''}${sayMany(data.length, kind === 'file' ? 'file' : kind === 'all' ? 'name' : 'dataset or container', kind === 'file' ? 'files' : kind === 'all' ? 'names' : 'datasets and containers')}`
    : undefined;
  return (
    <>
      <Lead
        kicker={
          <>
            <Link to="/data">Data</Link> <Icon name="right" size={10} /> scope
          </>
        }
        aside={
          <Button size="sm" leftSection={<Icon name="plus" size={14} />} onClick={() => setMaking(true)}>
            New dataset
          </Button>
        }
      >
        {count ? `${scope} holds ${count}${name ? ` called ${name}` : ''}.` : scope}
      </Lead>
      {error ? (
        <Problem title={`${scope} cannot be searched.`} error={error} retry={() => refetch()} />
      ) : null}
      <Panel
        title="Names (DIDs)"
        flush
        tools={
          <SegmentedControl
            size="xs"
            aria-label="Kind of names"
            value={kind}
            onChange={(value) => set({ kind: value })}
            data={[
              { value: 'collection', label: 'Collections' },
              { value: 'file', label: 'Files' },
              { value: 'all', label: 'All' },
            ]}
          />
        }
      >
        <DataTable
          id="names"
          caption={`Names in ${scope}`}
          columns={columns}
          rows={data}
          rowKey={(hit) => hit.name}
          sort="name"
          tools={
            <TextInput
              size="xs"
              aria-label="Name; * stands for anything"
              placeholder="name, * for anything"
              leftSection={<Icon name="search" size={13} />}
              defaultValue={name}
              onChange={(event) => setName(event.currentTarget.value)}
              w={240}
            />
          }
          empty={
            <Empty title={name ? 'No such name here' : 'Nothing here yet'}>
              {name
                ? 'A * stands for anything: run*2026 finds all that begin with run and end with 2026.'
                : 'Make a dataset and drop files on its page, or upload a folder with leman upload.'}
            </Empty>
          }
        />
      </Panel>
      {making ? <NewDataset scope={scope} close={() => setMaking(false)} /> : null}
    </>
  );
};
