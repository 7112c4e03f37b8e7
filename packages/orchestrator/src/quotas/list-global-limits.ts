import { FieldError } from '@leman/contracts';
import { requireAccount } from '../accounts/find-account.ts';
import type { Lake } from '../lake.ts';
import { resolveExpression } from '../rses/resolve-expression.ts';
import type { Rse, RseDirectory } from '../rses/rse-directory.ts';
import { wireLimit } from './limit-value.ts';

export interface GlobalLimit {
  rse_expression: string;
  /** Bytes; Infinity: unlimited. */
  limit: number;
  /** The RSEs of the expression at this moment; none when it matches nothing (any more). */
  rses: Rse[];
}

/** The RSEs of a stored expression: one that matches nothing any more is no error for who reads it. */
export const rsesOf = (directory: RseDirectory, expression: string): Rse[] => {
  try {
    return resolveExpression(directory, expression);
  } catch (error) {
    if (error instanceof FieldError) return [];
    throw error;
  }
};

/**
 * What an account may use at the RSEs of an expression together, for each expression that has a limit.
 * @throws AccountNotFound (404)
 */
export const listGlobalLimits = async (
  { sql }: Lake,
  directory: RseDirectory,
  account: string,
): Promise<GlobalLimit[]> => {
  await requireAccount(sql, account);
  const rows = await sql<{ rse_expression: string; bytes: number }[]>`
    select rse_expression, bytes from account_global_limits where account = ${account} order by rse_expression`;
  return rows.map(({ rse_expression, bytes }) => ({
    rse_expression,
    limit: wireLimit(bytes),
    rses: rsesOf(directory, rse_expression),
  }));
};
