import type { DatasetReplica } from '@leman/client';
import type { LakeStatusRse } from '@leman/contracts';
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { statusQuery } from '../app/lake.ts';
import data from '../data/data.module.css';
import { DidLink } from '../data/did-link.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Bytes } from '../parts/figures.tsx';
import { sayBytes, sayCount, sayMany, sayShare } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Lead, Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import { RuleTable } from '../rules/rule-table.tsx';
import { rulesQuery } from '../rules/rules-queries.ts';
import { RseState } from './rse-state.tsx';
import { StorageLinks } from './storage-links.tsx';
import classes from './storages.module.css';
import { attributesQuery, datasetsAtQuery, MOST_DATASETS, rseQuery } from './storages-queries.ts';
import { sumBy } from './sum-links.ts';

const saySpace = ({ rse, files, used, free, closed_itself }: LakeStatusRse): string => {
  const copies = files === 0 ? 'no copy' : sayMany(files, 'copy', 'copies');
  const room =
    free === null
      ? 'How much room it has is not known.'
      : `${sayBytes(free)} of ${sayBytes(used + free)} are free.`;
  return [`${rse} holds or awaits ${copies}. ${room}`, closed_itself].filter(Boolean).join(' ');
};

const datasetColumns: readonly Column<DatasetReplica>[] = [
  {
    key: 'name',
    title: 'Name',
    value: ({ scope, name }) => `${scope}:${name}`,
    render: (copy) => <DidLink did={copy} kind="DATASET" />,
  },
  {
    key: 'files',
    title: 'Files there',
    value: ({ available_length }) => available_length,
    render: ({ available_length, length }) => `${sayCount(available_length)} of ${sayCount(length)}`,
    right: true,
    wide: true,
  },
  {
    key: 'share',
    title: 'Available',
    value: ({ available_length, length }) => (length > 0 ? available_length / length : 0),
    render: ({ available_length, length }) => sayShare(available_length, length),
    right: true,
  },
  {
    key: 'bytes',
    title: 'Size',
    value: ({ available_bytes }) => available_bytes,
    render: ({ available_bytes }) => <Bytes value={available_bytes} />,
    right: true,
  },
];

/** Attributes that say nothing to people: its own name, and how addresses are made. */
const inner = new Set(['lfn2pfn_algorithm', 'verify_checksum', 'sign_url', 'skip_upload_stat']);

const Facts = ({ rse }: { rse: string }) => {
  const { data: details } = useQuery(rseQuery(rse));
  const { data: attributes } = useQuery(attributesQuery(rse));
  if (!details) return <Skeleton height={220} radius="md" />;
  const named = Object.entries(attributes ?? {})
    .filter(([key]) => key !== rse && !inner.has(key))
    .toSorted(([one], [other]) => one.localeCompare(other));
  return (
    <Panel title="The storage">
      <dl className={data.facts}>
        <div>
          <dt>Kind</dt>
          <dd>{details.rse_type.toLowerCase()}</dd>
        </div>
        {named.map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{String(value)}</dd>
          </div>
        ))}
        {details.protocols.map(({ scheme, hostname, port, prefix }) => (
          <div key={`${scheme} ${hostname} ${port} ${prefix}`} data-long>
            <dt>Address</dt>
            <dd>
              <code className={data.pfn}>{`${scheme}://${hostname}:${port}${prefix}`}</code>
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
};

/** A storage: whether it takes part, what comes and goes, which rules name it, what it holds. */
export const StoragePage = () => {
  const { rse } = useParams({ from: '/inside/storages/$rse' });
  const { data: status, error, refetch } = useQuery(statusQuery);
  const details = useQuery(rseQuery(rse));
  const rules = useQuery(rulesQuery({ rse_expression: rse }));
  const datasets = useQuery(datasetsAtQuery(rse));
  useEffect(() => {
    document.title = `${rse} · Leman`;
  }, [rse]);
  const failure = details.error ?? error;
  const one = status?.rses.find((other) => other.rse === rse);
  if (failure) {
    return (
      <>
        <Lead kicker={<Link to="/storages">Storages</Link>}>{rse} cannot be shown.</Lead>
        <Problem error={failure} retry={() => void Promise.all([refetch(), details.refetch()])} />
      </>
    );
  }
  const cut = (datasets.data?.length ?? 0) >= MOST_DATASETS;
  return (
    <>
      <Lead
        kicker={
          <>
            <Link to="/storages">Storages</Link> <Icon name="right" size={10} />
            {one?.site ? <span>site {one.site}</span> : 'storage'}
            {one && status ? (
              <RseState rse={one} arrivals={sumBy(status, 'destination', 'last_15m').get(rse)} />
            ) : null}
          </>
        }
      >
        {one ? (
          saySpace(one)
        ) : (
          <Skeleton component="span" display="block" height={30} width="min(560px, 90%)" />
        )}
      </Lead>
      <div className={data.columns}>
        <div className={data.column}>
          <StorageLinks rse={rse} status={status} />
          <Panel title="Rules" note="that name this storage alone" flush>
            {rules.error ? <Problem title="The rules cannot be listed." error={rules.error} /> : null}
            <RuleTable
              id="rules"
              named
              rows={rules.error ? [] : rules.data}
              empty={<p className={classes.quiet}>No rule names {rse} alone.</p>}
            />
          </Panel>
          <Panel title="Datasets" note="with files at this storage, or files that shall come" flush>
            {datasets.error ? (
              <Problem title="The datasets cannot be listed." error={datasets.error} />
            ) : null}
            <DataTable
              id="datasets"
              caption={`Datasets at ${rse}`}
              columns={datasetColumns}
              rows={datasets.error ? [] : datasets.data}
              rowKey={({ scope, name }) => `${scope}:${name}`}
              sort="-bytes"
              filter={(datasets.data?.length ?? 0) > 10}
              page={25}
              empty={<p className={classes.quiet}>No dataset has files here.</p>}
              {...(cut ? { cut: `These are the first ${sayCount(MOST_DATASETS)}.` } : {})}
            />
          </Panel>
        </div>
        <div className={data.column}>
          <Facts rse={rse} />
        </div>
      </div>
    </>
  );
};
