import type { Did } from '@leman/client';
import { useQuery } from '@tanstack/react-query';
import { Bytes, When } from '../parts/figures.tsx';
import { sayCount } from '../parts/format.ts';
import { Panel } from '../parts/panel.tsx';
import classes from './data.module.css';
import { metadataQuery, parentsQuery } from './data-queries.ts';
import { DidLink } from './did-link.tsx';

const shown = [
  'account',
  'bytes',
  'length',
  'adler32',
  'md5',
  'guid',
  'events',
  'created_at',
  'updated_at',
  'accessed_at',
  'expired_at',
];
const labels: Record<string, string> = {
  account: 'Owner',
  bytes: 'Size',
  length: 'Files',
  adler32: 'adler32',
  created_at: 'Made',
  updated_at: 'Changed',
  accessed_at: 'Last read',
  expired_at: 'Ends',
};
/** Inner workings that nobody looks for here. */
const hidden = new Set([
  'scope',
  'name',
  'did_type',
  'is_open',
  'monotonic',
  'hidden',
  'obsolete',
  'complete',
  'is_new',
  'suppressed',
  'purge_replicas',
  'is_archive',
  'constituent',
  'transient',
  'access_cnt',
  'closed_at',
  'deleted_at',
  'availability',
]);

const show = (key: string, value: unknown) => {
  if (key === 'bytes') return <Bytes value={value as number} />;
  if (key.endsWith('_at')) return <When at={String(value)} />;
  if (typeof value === 'number') return sayCount(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** What is said of a name: columns first, free metadata after; and what it belongs to. */
export const Metadata = ({ did }: { did: Did }) => {
  const { data } = useQuery(metadataQuery(did));
  const { data: parents } = useQuery(parentsQuery(did));
  const all: Record<string, unknown> = {
    account: did.account,
    bytes: did.bytes,
    length: did.length,
    ...data,
  };
  if (did.type !== 'FILE') Object.assign(all, { bytes: did.bytes, length: did.length });
  const keys = [
    ...shown,
    ...Object.keys(all)
      .filter((key) => !shown.includes(key) && !hidden.has(key))
      .sort(),
  ];
  return (
    <>
      <Panel title="Metadata">
        <dl className={classes.facts}>
          {keys
            .filter((key) => all[key] !== null && all[key] !== undefined && all[key] !== '')
            .map((key) => (
              <div key={key}>
                <dt>{labels[key] ?? key}</dt>
                <dd>{show(key, all[key])}</dd>
              </div>
            ))}
        </dl>
      </Panel>
      {parents && parents.length > 0 ? (
        <Panel title="Is part of">
          <ul className={classes.parents}>
            {parents.map((parent) => (
              <li key={`${parent.scope}:${parent.name}`}>
                <DidLink did={parent} kind={parent.type} />
              </li>
            ))}
          </ul>
        </Panel>
      ) : null}
    </>
  );
};
