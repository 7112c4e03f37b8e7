import type { Did } from '@leman/client';
import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Fragment, type ReactNode, useEffect, useState } from 'react';
import { sayBytes, sayMany } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Lead } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import { RseLink } from '../storages/rse-link.tsx';
import { Contents } from './contents.tsx';
import { DatasetCopies, FileCopies } from './copies.tsx';
import { CopyAs } from './copy-as.tsx';
import classes from './data.module.css';
import { datasetCopiesQuery, datasetUrl, didQuery, fileCopiesQuery, fileUrl } from './data-queries.ts';
import { DidRules } from './did-rules.tsx';
import { MakeRule } from './make-rule.tsx';
import { Metadata } from './metadata.tsx';
import { Upload } from './upload.tsx';

/** `A, B and C`, each a link. */
const list = (names: readonly string[]): ReactNode =>
  names.map((rse, index) => (
    <Fragment key={rse}>
      {index === 0 ? '' : index === names.length - 1 ? ' and ' : ', '}
      <b>
        <RseLink rse={rse} />
      </b>
    </Fragment>
  ));

/** Where it is, as a sentence. */
const Whereabouts = ({ did }: { did: Did }): ReactNode => {
  const kind = did.type;
  const dataset = useQuery({ ...datasetCopiesQuery(did), enabled: kind !== 'FILE' });
  const file = useQuery({ ...fileCopiesQuery(did), enabled: kind === 'FILE' });
  if (kind === 'FILE' && file.data !== undefined) {
    const at = Object.entries(file.data?.states ?? {})
      .filter(([, state]) => state === 'AVAILABLE')
      .map(([rse]) => rse);
    return at.length === 0 ? ' No copy of it is available now.' : <> It is at {list(at)}.</>;
  }
  if (kind !== 'FILE' && dataset.data) {
    const whole = dataset.data.filter(
      ({ length, available_length }) => length > 0 && available_length >= length,
    );
    const part = dataset.data.filter(
      (copy) => copy.available_length > 0 && copy.available_length < copy.length,
    ).length;
    if (whole.length === 0 && part === 0) return '';
    if (whole.length === 0)
      return ` No storage has all of it; ${sayMany(part, 'has a part', 'have a part')}.`;
    return (
      <>
        {' '}
        All of it is at {list(whole.map(({ rse }) => rse))}
        {part > 0 ? `; ${sayMany(part, 'other storage has a part', 'other storages have a part')}` : ''}.
      </>
    );
  }
  return '';
};

const kindWords = { FILE: 'a file', DATASET: 'a dataset', CONTAINER: 'a container' } as const;
const childWords = { DATASET: 'file', CONTAINER: 'file', FILE: '' } as const;

const sayDid = (did: Did): string => {
  const size = did.bytes === null || did.bytes === undefined ? '' : sayBytes(did.bytes);
  if (did.type === 'FILE') return `${did.name} is a file of ${size || 'unknown size'}.`;
  const length = did.length ?? 0;
  if (length === 0) return `${did.name} is ${kindWords[did.type]} with nothing in it yet.`;
  return `${did.name} is ${kindWords[did.type]} of ${sayMany(length, childWords[did.type])}${size ? `, ${size}` : ''}.`;
};

/** A file, dataset or container: where its copies are, what is in it, which rules hold it. */
export const DidPage = () => {
  const { scope, name } = useParams({ from: '/inside/data/$scope/$name' });
  const did = { scope, name };
  const { data, error, refetch } = useQuery(didQuery(did));
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    document.title = `${name} · Leman`;
  }, [name]);
  if (error) {
    return (
      <>
        <Lead kicker={`${scope}:${name}`}>This name cannot be shown.</Lead>
        <Problem error={error} retry={() => refetch()} />
      </>
    );
  }

  const isFile = data?.type === 'FILE';
  return (
    <>
      <Lead
        kicker={
          <>
            <Link to="/data">Data</Link> <Icon name="right" size={10} />
            <Link to="/data/$scope" params={{ scope }}>
              {scope}
            </Link>
            <Icon name="right" size={10} /> {data?.type.toLowerCase() ?? ''}
            {data && !isFile ? <span>({data.open ? 'open: takes more' : 'closed'})</span> : null}
          </>
        }
        aside={
          data ? (
            <>
              <CopyAs did={did} />
              {isFile || (data.length ?? 0) > 0 ? (
                <Button
                  component="a"
                  href={isFile ? fileUrl(did) : datasetUrl(did)}
                  download
                  variant="default"
                  leftSection={<Icon name="download" size={14} />}
                >
                  {isFile ? 'Download' : 'Download all (tar)'}
                </Button>
              ) : null}
              <Button leftSection={<Icon name="plus" size={14} />} onClick={() => setAsking(true)}>
                Ask for copies
              </Button>
            </>
          ) : null
        }
      >
        {data ? (
          <>
            {sayDid(data)}
            <Whereabouts did={data} />
          </>
        ) : (
          <Skeleton component="span" display="block" height={30} width="min(600px, 90%)" />
        )}
      </Lead>
      <div className={classes.columns}>
        <div className={classes.column}>
          {data ? isFile ? <FileCopies did={did} /> : <DatasetCopies did={data} /> : null}
          {data?.type === 'DATASET' && data.open ? <Upload key={`${scope}:${name}`} dataset={did} /> : null}
          {data && !isFile ? <Contents did={data} /> : null}
          {data ? <DidRules did={did} isFile={isFile} ask={() => setAsking(true)} /> : null}
        </div>
        <div className={classes.column}>{data ? <Metadata did={data} /> : null}</div>
      </div>
      {asking && data ? <MakeRule did={data} close={() => setAsking(false)} /> : null}
    </>
  );
};
