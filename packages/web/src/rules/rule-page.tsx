import type { Rule } from '@leman/client';
import type { RuleExplanation } from '@leman/contracts';
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { DidLink } from '../data/did-link.tsx';
import { When } from '../parts/figures.tsx';
import { Icon } from '../parts/icon.tsx';
import { Lead, Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import { RuleState, State } from '../parts/state.tsx';
import { Causes } from './causes.tsx';
import { RuleActions } from './rule-actions.tsx';
import { RuleProgress, splitMissing } from './rule-progress.tsx';
import classes from './rules.module.css';
import { explainQuery, ruleQuery } from './rules-queries.ts';

const Facts = ({ rule }: { rule: Rule }) => {
  const facts: [string, React.ReactNode][] = [
    ['Data', <DidLink key="did" did={rule} kind={rule.did_type} />],
    ['Copies', rule.copies],
    ['Where', <code key="where">{rule.rse_expression}</code>],
    ['Account', rule.account],
    ['Grouping', rule.grouping.toLowerCase()],
    ['Activity', rule.activity],
    ['Priority', rule.priority],
    [
      'From',
      rule.source_replica_expression ? <code key="from">{rule.source_replica_expression}</code> : null,
    ],
    ['Why', rule.comments],
    ['Made', <When key="made" at={rule.created_at} />],
    ['Changed', <When key="changed" at={rule.updated_at} />],
    ['Ends', <When key="ends" at={rule.expires_at} none="never" />],
    ['Locked', rule.locked ? 'yes: cannot be deleted' : null],
    ['Id', <code key="id">{rule.id}</code>],
  ];
  return (
    <Panel title="The rule">
      <dl className={classes.facts}>
        {facts
          .filter(([, value]) => value !== null && value !== '')
          .map(([label, value]) => (
            <div key={label} data-long={label === 'Id' || undefined}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </Panel>
  );
};

/** The state of the rule; one that copies but has nothing that comes is held up. */
const Badge = ({ rule, explanation }: { rule: Rule; explanation: RuleExplanation | undefined }) => {
  const missing = explanation && splitMissing(explanation);
  return rule.state === 'REPLICATING' && missing && missing.moving.files + missing.calm.files === 0 ? (
    <State tone="stuck" word="Held up" term={rule.state} />
  ) : (
    <RuleState state={rule.state} />
  );
};

const sayRule = (rule: Rule, explanation: RuleExplanation | undefined): string =>
  explanation?.summary ??
  `${rule.copies === 1 ? 'One copy' : `${rule.copies} copies`} of ${rule.name} at ${rule.rse_expression}.`;

/** A rule: how far it is, what keeps the rest, what was tried, what can be done. */
export const RulePage = () => {
  const { id } = useParams({ from: '/inside/rules/$id' });
  const { data: rule, error, refetch } = useQuery(ruleQuery(id));
  const explanation = useQuery(explainQuery(id));
  useEffect(() => {
    document.title = `Rule ${rule ? `on ${rule.name}` : id.slice(0, 8)} · Leman`;
  }, [rule, id]);
  if (error) {
    return (
      <>
        <Lead kicker={id}>This rule cannot be shown.</Lead>
        <Problem error={error} retry={() => refetch()} />
      </>
    );
  }

  return (
    <>
      <Lead
        kicker={
          <>
            <Link to="/rules">Rules</Link> <Icon name="right" size={10} />
            {rule ? <DidLink did={rule} kind={rule.did_type} /> : id}
            {rule ? <Badge rule={rule} explanation={explanation.data} /> : null}
          </>
        }
        aside={rule ? <RuleActions rule={rule} /> : null}
      >
        {rule && (explanation.data || explanation.error) ? (
          sayRule(rule, explanation.data)
        ) : (
          <Skeleton component="span" display="block" height={30} width="min(640px, 90%)" />
        )}
      </Lead>
      <div className={classes.columns}>
        <div className={classes.column}>
          <RuleProgress explanation={explanation.data} rule={rule} />
          {explanation.error ? (
            <Problem
              title="The explanation cannot be read."
              error={explanation.error}
              retry={() => explanation.refetch()}
            />
          ) : (
            <Causes explanation={explanation.data} />
          )}
        </div>
        <div className={classes.column}>{rule ? <Facts rule={rule} /> : <Skeleton height={280} />}</div>
      </div>
    </>
  );
};
