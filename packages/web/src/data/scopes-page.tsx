import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { sessionQuery } from '../app/lake.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { sayMany } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Lead, Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import classes from './data.module.css';
import { scopesQuery } from './data-queries.ts';
import { NewScope } from './new-scope.tsx';

interface Row {
  scope: string;
  account: string;
}

const columns: readonly Column<Row>[] = [
  {
    key: 'scope',
    title: 'Scope',
    value: ({ scope }) => scope,
    render: ({ scope }) => (
      <span className={classes.name}>
        <Icon name="data" />
        <Link to="/data/$scope" params={{ scope }}>
          {scope}
        </Link>
      </span>
    ),
  },
  { key: 'account', title: 'Owner (account)', value: ({ account }) => account },
];

const sayOwn = (own: number, all: number): string => {
  if (own === 0) return '';
  if (own === all) return all === 1 ? ', which is yours' : ', all of them yours';
  return `; ${sayMany(own, 'of them is yours', 'of them are yours')}`;
};

/** The top of the data: scopes, the namespaces that names live in. */
export const ScopesPage = () => {
  const { data, error, refetch } = useQuery(scopesQuery);
  const { data: session } = useQuery(sessionQuery);
  useEffect(() => {
    document.title = 'Data · Leman';
  }, []);
  const [making, setMaking] = useState(false);
  const own = data?.filter(({ account }) => account === session?.account).length ?? 0;
  return (
    <>
      <Lead
        kicker="Data"
        aside={
          <Button leftSection={<Icon name="plus" size={14} />} onClick={() => setMaking(true)}>
            New scope
          </Button>
        }
      >
        {data
          ? data.length === 0
            ? 'Names live in scopes, and the lake has none yet.'
            : `The names of the lake live in ${sayMany(data.length, 'scope')}${sayOwn(own, data.length)}.`
          : 'The names of the lake live in scopes.'}
      </Lead>
      {error ? <Problem title="The scopes cannot be listed." error={error} retry={() => refetch()} /> : null}
      <Panel title="Scopes" note="like the top folders of a disk" flush>
        <DataTable
          id="scopes"
          caption="Scopes"
          columns={columns}
          rows={error ? [] : data}
          rowKey={({ scope }) => scope}
          sort="scope"
          filter
          empty={
            error ? null : (
              <Empty title="No scope yet">
                A scope is like a top folder: make one here, or with <code>leman scope add SCOPE</code>. Then
                make a dataset in it and drop files on its page.
              </Empty>
            )
          }
        />
      </Panel>
      {making && session ? <NewScope account={session.account} close={() => setMaking(false)} /> : null}
    </>
  );
};
