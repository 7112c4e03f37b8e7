import { fail } from '@leman/contracts';
import type { Transaction } from '@leman/foundation';
import type { Candidate, Choice, SharedRoom } from '../locks/choose-rses.ts';
import { checkQuota } from '../quotas/check-quota.ts';
import { resolveExpression } from '../rses/resolve-expression.ts';
import type { Rse, RseDirectory } from '../rses/rse-directory.ts';

export interface ChoosingRule {
  account: string;
  copies: number;
  rse_expression: string;
  weight: string | null;
  ignore_availability: boolean;
  ignore_account_limit: boolean;
}

/** Where the copies of a rule may go. */
export interface RuleChoice extends Choice {
  /** RSEs of the expression, open for writing or not. */
  rses: readonly Rse[];
  /** Ids of those that are closed for writing. */
  closed: ReadonlySet<string>;
  /** Whether any of the candidates has a limit, so that sizes matter. */
  limited: boolean;
}

/** Rules are answered with 409 for a bad expression. Reference: Rucio REST contract 3, POST /rules/. */
const STATUS = 409;

const weightOf = (rse: Rse, weight: string | null): number | undefined => {
  if (weight === null) return 1;
  const text = rse.attributes.get(weight);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw fail(
      'InvalidRuleWeight',
      `The RSE '${rse.rse}' has a non-number specified for the weight '${weight}'. Set that attribute to a number.`,
    );
  }
  return value;
};

/**
 * Resolves the expression of a rule and what its account and the storages have left, in the order of checks of the
 * field. Reference: Rucio REST contract 2.5.
 *
 * @throws InvalidRSEExpression, RSEWriteBlocked, InvalidRuleWeight, InsufficientTargetRSEs, InsufficientAccountLimit
 */
export const readChoice = async (
  tx: Transaction,
  directory: RseDirectory,
  rule: ChoosingRule,
  options: { skipQuota?: boolean } = {},
): Promise<RuleChoice> => {
  const rses = resolveExpression(directory, rule.rse_expression, { status: STATUS });
  const closed = new Set(rses.filter((rse) => !rse.availability_write).map((rse) => rse.id));
  const open = rule.ignore_availability
    ? rses
    : resolveExpression(directory, rule.rse_expression, { availability: 'write', status: STATUS });
  const weighted = open.flatMap((rse) => {
    const weight = weightOf(rse, rule.weight);
    return weight === undefined ? [] : [{ rse, weight }];
  });
  if (weighted.length < rule.copies) {
    const detail = `${rule.copies} copies requested, RSE set size ${weighted.length}`;
    throw fail('InsufficientTargetRSEs', `Target RSE set not sufficient for number of copies: ${detail}.`, {
      facts: { copies: rule.copies, detail },
    });
  }
  const targets = weighted.map(({ rse }) => rse);
  const free = options.skipQuota || rule.ignore_account_limit;
  const room = free ? undefined : await checkQuota(tx, directory, rule.account, targets, 0);
  const shared = new Map<string, SharedRoom>();
  const candidates = weighted.flatMap(({ rse, weight }): Candidate[] => {
    const candidate: Candidate = {
      rse_id: rse.id,
      rse: rse.rse,
      weight,
      quota: Number.POSITIVE_INFINITY,
      shared: [],
      space: Number.POSITIVE_INFINITY,
    };
    const limits = room?.limits.get(rse.id) ?? [];
    for (const { kind, rse_expression = '', left } of limits) {
      if (kind !== 'space' && left <= 0) return [];
      if (kind === 'space') candidate.space = left;
      else if (kind !== 'global') candidate.quota = left;
      else {
        const one = shared.get(rse_expression) ?? { rse_expression, left };
        shared.set(rse_expression, one);
        candidate.shared = [...candidate.shared, one];
      }
    }
    return [candidate];
  });
  if (candidates.length < rule.copies) {
    const detail = `no quota left at enough of ${rule.rse_expression}`;
    throw fail(
      'InsufficientAccountLimit',
      `There is insufficient quota on any of the target RSEs to fulfil the operation: account ${rule.account} has ${detail}.`,
      {
        facts: { account: rule.account, copies: rule.copies, detail },
      },
    );
  }
  const limited = candidates.some(
    (c) => Number.isFinite(c.quota) || Number.isFinite(c.space) || c.shared.length > 0,
  );
  return { account: rule.account, candidates, rses, closed, limited };
};
