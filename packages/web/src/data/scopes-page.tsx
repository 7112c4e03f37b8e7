import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { sessionQuery } from '../app/lake.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { sayMany } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Lead, Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import classes from './data.module.css';
import { scopesQuery } from './data-queries.ts';

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

/** The top of the data: scopes, the namespaces that names live in. */
export const ScopesPage = () => {
  const { data, error, refetch } = useQuery(scopesQuery);
  const { data: session } = useQuery(sessionQuery);
  useEffect(() => {
    document.title = 'Data · Leman';
  }, []);
  const own = data?.filter(({ account }) => account === session?.account).length ?? 0;
  return (
    <>
      <Lead kicker="Data">
        {data
          ? `The names of the lake live in ${sayMany(data.length, 'scope')}${own > 0 ? `; ${own === data.length ? 'all' : own} of them ${own === 1 ? 'is' : 'are'} yours` : ''}.`
          : 'The names of the lake live in scopes.'}
      </Lead>
      {error ? <Problem title="The scopes cannot be listed." error={error} retry={() => refetch()} /> : null}
      <Panel title="Scopes" note="like the top folders of a disk" flush>
        <DataTable
          id="scopes"
          caption="Scopes"
          columns={columns}
          rows={data}
          rowKey={({ scope }) => scope}
          sort="scope"
          filter
          empty={
            <Empty title="No scope yet">
              Make one with <code>leman scope add ACCOUNT SCOPE</code>; then upload into it.
            </Empty>
          }
        />
      </Panel>
    </>
  );
};
