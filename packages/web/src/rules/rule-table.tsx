import type { Rule } from '@leman/client';
import { parseDate } from '@leman/client';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { DidLink } from '../data/did-link.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { When } from '../parts/figures.tsx';
import { sayCount, sayShare } from '../parts/format.ts';
import { Meter } from '../parts/meter.tsx';
import { RuleState, ruleMeaning } from '../parts/state.tsx';
import classes from './rules.module.css';

const total = (rule: Rule) => rule.locks_ok_cnt + rule.locks_replicating_cnt + rule.locks_stuck_cnt;
const time = (text: string | null) => parseDate(text)?.getTime() ?? null;

const nameColumn: Column<Rule> = {
  key: 'name',
  title: 'Data',
  value: ({ scope, name }) => `${scope}:${name}`,
  render: (rule) => <DidLink did={rule} kind={rule.did_type} />,
};
const columns: readonly Column<Rule>[] = [
  {
    key: 'where',
    title: 'Wants',
    value: ({ copies, rse_expression }) => `${copies} at ${rse_expression}`,
    render: ({ id, copies, rse_expression }) => (
      <Link to="/rules/$id" params={{ id }}>
        {copies === 1 ? '1 copy' : `${copies} copies`} at {rse_expression}
      </Link>
    ),
  },
  {
    key: 'state',
    title: 'State',
    value: ({ state }) => ruleMeaning(state).word,
    render: ({ state }) => <RuleState state={state} />,
  },
  {
    key: 'progress',
    title: 'Progress',
    value: (rule) => (total(rule) > 0 ? rule.locks_ok_cnt / total(rule) : 0),
    render: (rule) => (
      <span className={classes.progress}>
        <Meter
          label="Copied"
          whole={total(rule)}
          parts={[
            { tone: 'ok', value: rule.locks_ok_cnt },
            { tone: 'moving', value: rule.locks_replicating_cnt },
            { tone: 'stuck', value: rule.locks_stuck_cnt },
          ]}
        />
        <span title={`${sayCount(rule.locks_ok_cnt)} of ${sayCount(total(rule))} locks`}>
          {sayShare(rule.locks_ok_cnt, total(rule))}
        </span>
      </span>
    ),
    wide: true,
  },
  { key: 'account', title: 'Account', value: ({ account }) => account, wide: true },
  {
    key: 'made',
    title: 'Made',
    value: ({ created_at }) => time(created_at),
    render: ({ created_at }) => <When at={created_at} />,
    right: true,
    wide: true,
  },
  {
    key: 'ends',
    title: 'Ends',
    value: ({ expires_at }) => time(expires_at),
    render: ({ expires_at }) => <When at={expires_at} none="never" />,
    right: true,
    wide: true,
  },
];
const withName = [nameColumn, ...columns];

/** Rules as a table; `named`: with the data they are about. */
export const RuleTable = ({
  id,
  rows,
  named,
  empty,
  filter = false,
}: {
  id: string;
  rows: readonly Rule[] | undefined;
  named: boolean;
  empty: ReactNode;
  filter?: boolean;
}) => (
  <DataTable
    id={id}
    caption="Rules"
    columns={named ? withName : columns}
    rows={rows}
    rowKey={(rule) => rule.id}
    sort="-made"
    filter={filter}
    empty={empty}
  />
);
