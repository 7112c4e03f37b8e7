import type { Lake } from '../lake.ts';
import { resolveExpression } from '../rses/resolve-expression.ts';
import type { RseDirectory } from '../rses/rse-directory.ts';
import { listGlobalLimits } from './list-global-limits.ts';

export interface GlobalUsage {
  bytes: number;
  files: number;
  rse_expression: string;
  bytes_limit: number;
  bytes_remaining: number;
}

/**
 * What an account uses and may use, for each expression with a limit, or for the one asked for.
 * @throws AccountNotFound (404), InvalidRSEExpression (400)
 */
export const listGlobalUsage = async (
  lake: Lake,
  directory: RseDirectory,
  account: string,
  expression?: string,
): Promise<GlobalUsage[]> => {
  const limits = await listGlobalLimits(lake, directory, account);
  const asked =
    expression === undefined
      ? limits
      : [
          {
            rse_expression: expression,
            rses: resolveExpression(directory, expression),
            limit: limits.find((limit) => limit.rse_expression === expression)?.limit ?? 0,
          },
        ];
  const rows = await lake.sql<{ rse_id: string; bytes: number; files: number }[]>`
    select rse_id, bytes, files from account_usage_now where account = ${account}`;
  const used = new Map(rows.map((row) => [row.rse_id, row]));
  return asked.map(({ rse_expression, rses, limit }) => {
    const bytes = rses.reduce((sum, { id }) => sum + (used.get(id)?.bytes ?? 0), 0);
    const files = rses.reduce((sum, { id }) => sum + (used.get(id)?.files ?? 0), 0);
    return { rse_expression, bytes, files, bytes_limit: limit, bytes_remaining: limit - bytes };
  });
};
