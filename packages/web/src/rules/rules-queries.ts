import { collect, type RuleSearch } from '@leman/client';
import { queryOptions } from '@tanstack/react-query';
import { lake } from '../app/lake.ts';

export const MOST_RULES = 2_000;

export const rulesQuery = (search: RuleSearch) =>
  queryOptions({
    queryKey: ['rules', search],
    queryFn: () => collect(lake.rules.list(search), MOST_RULES),
    placeholderData: (before) => before,
  });

export const ruleQuery = (id: string) =>
  queryOptions({ queryKey: ['rule', id], queryFn: () => lake.rules.get(id) });

/** Why the rule is where it is. Looked at again every few seconds while something is missing. */
export const explainQuery = (id: string) =>
  queryOptions({
    queryKey: ['explain', id],
    queryFn: () => lake.rules.explain(id),
    refetchInterval: ({ state }) => (state.data?.state === 'OK' ? false : 5_000),
  });
