import type { Did, DidHit } from '@leman/client';
import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { useView } from '../app/use-view.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { Bytes } from '../parts/figures.tsx';
import { sayCount, sayMany } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Lead, Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import {
  didQuery,
  type Kind,
  MOST_ROWS,
  namesQuery,
  scopesQuery,
  type Whereabouts,
  whereQuery,
} from './data-queries.ts';
import { DidLink } from './did-link.tsx';
import { NewDataset } from './new-dataset.tsx';

interface Row extends DidHit {
  where: Whereabouts | undefined;
}

const sayWhere = ({ where }: Row): string | null => {
  if (!where) return null;
  const part = where.part.length > 0 ? `in part at ${where.part.join(', ')}` : '';
  return [where.whole.join(', '), part].filter(Boolean).join('; ');
};

const columns: readonly Column<Row>[] = [
  {
    key: 'name',
    title: 'Name',
    value: ({ name }) => name,
    render: (hit) => <DidLink did={hit} kind={hit.did_type} short />,
  },
  { key: 'kind', title: 'Kind', value: ({ did_type }) => did_type.toLowerCase(), wide: true },
  { key: 'where', title: 'All of it at', value: sayWhere, render: (row) => sayWhere(row) ?? '', wide: true },
  {
    key: 'files',
    title: 'Files',
    value: ({ length, where }) => length ?? where?.files ?? null,
    render: ({ length, where, did_type }) => {
      const files = length ?? where?.files;
      return files === undefined || did_type === 'FILE' ? '' : sayCount(files);
    },
    right: true,
  },
  {
    key: 'bytes',
    title: 'Size',
    value: ({ bytes, where }) => bytes ?? where?.bytes ?? null,
    render: ({ bytes, where }) =>
      (bytes ?? where?.bytes) === undefined ? '' : <Bytes value={bytes ?? where?.bytes} />,
    right: true,
  },
];

const words = { FILE: 'file', DATASET: 'dataset', CONTAINER: 'container' } as const;

/** `2 datasets and 1 container`. */
const sayNames = (hits: readonly DidHit[], kind: Kind): string => {
  const counts = (['CONTAINER', 'DATASET', 'FILE'] as const)
    .map((type) => [words[type], hits.filter(({ did_type }) => did_type === type).length] as const)
    .filter(([, count]) => count > 0)
    .map(([word, count]) => sayMany(count, word));
  if (counts.length === 0)
    return kind === 'file' ? 'no file yet' : kind === 'all' ? 'nothing yet' : 'no dataset yet';
  return counts.length === 1 ? counts.join() : `${counts.slice(0, -1).join(', ')} and ${counts.at(-1)}`;
};

/** Datasets on the first screens of a list; of more than that, the place is told on their own page. */
const MOST_PLACED = 500;
/** Containers that are counted for the list, one question each. */
const MOST_COUNTED = 20;

const mapByName = (answers: readonly { data: Did | undefined }[]) =>
  new Map(answers.flatMap(({ data }) => (data ? [[data.name, data] as const] : [])));

/** What a scope holds, with a search. */
export const ScopePage = () => {
  const { scope } = useParams({ from: '/inside/data/$scope' });
  const [search, set] = useView<{ kind: Kind; name: string }>();
  const [making, setMaking] = useState(false);
  const kind = search.kind ?? 'collection';
  const name = String(search.name ?? '');
  const { data, error, refetch } = useQuery(namesQuery(scope, kind, name));
  const { data: scopes } = useQuery(scopesQuery);
  const placed = (data ?? []).filter(({ did_type }) => did_type === 'DATASET').slice(0, MOST_PLACED);
  const { data: where } = useQuery(
    whereQuery(
      scope,
      placed.map((hit) => hit.name),
    ),
  );
  const containers = (data ?? []).filter(({ did_type }) => did_type === 'CONTAINER').slice(0, MOST_COUNTED);
  const counted = useQueries({
    queries: containers.map((hit) => ({ ...didQuery(hit), refetchInterval: false as const })),
    combine: mapByName,
  });
  const rows = useMemo(
    () =>
      data?.map((hit) => {
        const { length, bytes } = counted.get(hit.name) ?? hit;
        return { ...hit, length: length ?? null, bytes: bytes ?? null, where: where?.get(hit.name) };
      }),
    [data, where, counted],
  );
  const setName = useDebouncedCallback((text: string) => set({ name: text || undefined }), 200);
  useEffect(() => {
    document.title = `${scope} · Leman`;
  }, [scope]);
  const cut = data !== undefined && data.length >= MOST_ROWS;
  const known = scopes?.some((other) => other.scope === scope) ?? true;
  return (
    <>
      <Lead
        kicker={
          <>
            <Link to="/data">Data</Link> <Icon name="right" size={10} /> scope
          </>
        }
        aside={
          known ? (
            <Button leftSection={<Icon name="plus" size={14} />} onClick={() => setMaking(true)}>
              New dataset
            </Button>
          ) : null
        }
      >
        {!known
          ? `There is no scope ${scope}.`
          : data
            ? `${scope} holds ${cut ? 'more than ' : ''}${sayNames(data, kind)}${name ? ` called ${name}` : ''}.`
            : scope}
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
          rows={rows}
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
              {!known ? (
                <>
                  It may be mistyped, or gone. <Link to="/data">All scopes</Link> are under Data.
                </>
              ) : name ? (
                'A * stands for anything: run*2026 finds all that begin with run and end with 2026.'
              ) : (
                <>
                  Make a dataset and drop files on its page, or send a folder with <code>leman upload</code>.
                </>
              )}
            </Empty>
          }
        />
      </Panel>
      {making ? <NewDataset scope={scope} close={() => setMaking(false)} /> : null}
    </>
  );
};
