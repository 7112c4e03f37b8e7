import type { Rule } from '@leman/client';
import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment, useEffect } from 'react';
import { sessionQuery } from '../app/lake.ts';
import { useView } from '../app/use-view.ts';
import { Empty } from '../parts/empty.tsx';
import { sayMany } from '../parts/format.ts';
import { Lead, Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import { RuleTable } from './rule-table.tsx';
import { MOST_RULES, rulesQuery } from './rules-queries.ts';

const states = [
  ['STUCK', 'stuck'],
  ['REPLICATING', 'copying'],
  ['OK', 'complete'],
] as const;

/** How the rules are; each part shows those it speaks of. */
const Sentence = ({ rules, cut }: { rules: readonly Rule[]; cut: boolean }) => {
  if (rules.length === 0) return 'No rule here.';
  const counts = states
    .map(([state, word]) => ({ state, word, count: rules.filter((rule) => rule.state === state).length }))
    .filter(({ count }) => count > 0);
  const all = counts.length === 1 && counts[0]?.count === rules.length;
  return (
    <>
      {cut ? 'More than ' : ''}
      {sayMany(rules.length, 'rule')}:{' '}
      {counts.map(({ state, word, count }, index) => (
        <Fragment key={state}>
          {index > 0 ? ', ' : ''}
          <Link to="." search={(before: object) => ({ ...before, state })} resetScroll={false}>
            {all ? (count === 1 ? 'it is' : 'all are') : sayMany(count, 'is', 'are')} {word}
          </Link>
        </Fragment>
      ))}
      {counts.length === 0 ? 'none complete yet' : ''}.
    </>
  );
};

/** What must be where: all rules, those that need somebody first when asked for. */
export const RulesPage = () => {
  const [search, set] = useView<{ state: string; whose: string }>();
  const { data: session } = useQuery(sessionQuery);
  const mine = search.whose === 'mine';
  const { data, error, refetch } = useQuery(
    rulesQuery({
      ...(search.state ? { state: search.state } : {}),
      ...(mine && session ? { account: session.account } : {}),
    }),
  );
  useEffect(() => {
    document.title = 'Rules · Leman';
  }, []);
  return (
    <>
      <Lead kicker="Rules: what must be where">
        {data ? <Sentence rules={data} cut={data.length >= MOST_RULES} /> : 'Rules'}
      </Lead>
      {error ? <Problem title="The rules cannot be listed." error={error} retry={() => refetch()} /> : null}
      <Panel
        title="Rules"
        flush
        tools={
          <>
            <SegmentedControl
              size="xs"
              aria-label="Whose rules"
              value={mine ? 'mine' : 'all'}
              onChange={(value) => set({ whose: value === 'mine' ? 'mine' : undefined })}
              data={[
                { value: 'all', label: 'Everybody’s' },
                { value: 'mine', label: 'Mine' },
              ]}
            />
            <SegmentedControl
              size="xs"
              aria-label="State of the rules"
              value={search.state ?? ''}
              onChange={(value) => set({ state: value || undefined })}
              data={[
                { value: '', label: 'All' },
                { value: 'STUCK', label: 'Stuck' },
                { value: 'REPLICATING', label: 'Copying' },
                { value: 'OK', label: 'Complete' },
              ]}
            />
          </>
        }
      >
        <RuleTable
          id="rules"
          named
          filter
          rows={error ? [] : data}
          empty={
            error ? null : (
              <Empty title={search.state || mine ? 'No such rule' : 'No rule yet'}>
                {search.state || mine
                  ? 'None of the rules fits. Show all of them with the switches above.'
                  : 'A rule says how many copies of something must be where, and the lake sees to it. Open a dataset under Data and choose “Ask for copies”.'}
              </Empty>
            )
          }
        />
      </Panel>
    </>
  );
};
