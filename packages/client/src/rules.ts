import type { MissingCopiesPage, RuleExplanation, RuleExplanationFile } from '@leman/contracts';
import type {
  Account,
  DatasetLock,
  DidName,
  NewRule,
  Rule,
  RuleAnalysis,
  RuleLock,
  RuleOptions,
} from './shapes.ts';
import type { Transport } from './transport.ts';
import { query, segment } from './wire.ts';

export interface RuleSearch {
  account?: string;
  scope?: string;
  name?: string;
  state?: string;
  rse_expression?: string;
  activity?: string;
}

/** Rules, why they are where they are, and what they lock. */
export const rules = (lake: Transport) => {
  const one = (rule: string) => `/rules/${segment(rule)}`;
  return {
    list: (search: RuleSearch = {}) => lake.lines<Rule>(`/rules/${query({ ...search })}`),
    get: (rule: string) => lake.json<Rule>(one(rule)),
    /** Ids of the new rules, one per DID. Without an account the rule is the caller's own. */
    add: async (rule: NewRule) => {
      const account = rule.account ?? (await lake.json<Account>('/accounts/whoami')).account;
      return lake.json<string[]>('/rules/', { method: 'POST', body: { ...rule, account } });
    },
    remove: (rule: string, purgeReplicas = false) =>
      lake.text(one(rule), { method: 'DELETE', body: { purge_replicas: purgeReplicas } }),
    update: (rule: string, options: RuleOptions) =>
      lake.text(one(rule), { method: 'PUT', body: { options } }),
    move: (rule: string, rseExpression: string) =>
      lake.json<string[]>(`${one(rule)}/move`, {
        method: 'POST',
        body: { rule_id: rule, rse_expression: rseExpression },
      }),
    reduce: (rule: string, copies: number) =>
      lake.json<string[]>(`${one(rule)}/reduce`, { method: 'POST', body: { copies } }),
    explain: (rule: string) => lake.json<RuleExplanation>(`${one(rule)}/explain`),
    /** The files behind one cause (all that are missing without one), asked for page by page. */
    explainFiles: async function* (rule: string, reason?: string): AsyncGenerator<RuleExplanationFile> {
      let after: string | undefined;
      do {
        const page: MissingCopiesPage = await lake.json(
          `${one(rule)}/explain/files${query({ reason, after })}`,
        );
        yield* page.files;
        after = page.after ?? undefined;
      } while (after !== undefined);
    },
    analysis: (rule: string) => lake.json<RuleAnalysis>(`${one(rule)}/analysis`),
    locks: (rule: string) => lake.lines<RuleLock>(`${one(rule)}/locks`),
    datasetLocks: (did: DidName) =>
      lake.lines<DatasetLock>(`/locks/${segment(did.scope)}/${segment(did.name)}?did_type=dataset`),
    datasetLocksAt: (rse: string) => lake.lines<DatasetLock>(`/locks/${segment(rse)}?did_type=dataset`),
  };
};
