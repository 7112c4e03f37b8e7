import type { Sql } from '@leman/foundation';
import { resolveExpression } from '../rses/resolve-expression.ts';
import type { Rse, RseDirectory } from '../rses/rse-directory.ts';
import { type Chosen, chooseSource } from './choose-source.ts';
import type { ClaimedRequest } from './claim-requests.ts';
import type { Deferral } from './defer-requests.ts';
import { findBadCopies } from './find-bad-copies.ts';
import { findLink, type Link } from './find-link.ts';
import { findSources } from './find-sources.ts';

export interface Routed {
  request: ClaimedRequest;
  chosen: Chosen;
  destination: Rse;
}

/** Chooses the source of each claimed request; those that have none come with the reason. Two queries for all. */
export const routeRequests = async (
  sql: Sql,
  directory: RseDirectory,
  claimed: readonly ClaimedRequest[],
): Promise<{ routed: Routed[]; deferred: Deferral[] }> => {
  const sources = await findSources(
    sql,
    claimed.map((request) => request.did_id),
  );
  const bad = await findBadCopies(
    sql,
    claimed.map((request) => request.did_id).filter((id) => !sources.has(id)),
  );
  const links = new Map<string, Link | undefined>();
  const linkOf = (source: Rse, destination: Rse): Link | undefined => {
    const key = source.id + destination.id;
    if (!links.has(key)) links.set(key, findLink(source, destination));
    return links.get(key);
  };
  const expressions = new Map<string, ReadonlySet<string>>();
  const allowedBy = (expression: string | null): ReadonlySet<string> | undefined => {
    if (!expression) return undefined;
    let allowed = expressions.get(expression);
    if (!allowed) {
      try {
        allowed = new Set(resolveExpression(directory, expression).map((rse) => rse.id));
      } catch {
        // An expression that no longer names any RSE allows none; the reason says so.
        allowed = new Set();
      }
      expressions.set(expression, allowed);
    }
    return allowed;
  };
  const routed: Routed[] = [];
  const deferred: Deferral[] = [];
  for (const request of claimed) {
    const destination = directory.byId.get(request.dest_rse_id);
    if (!destination) {
      deferred.push({
        id: request.id,
        state: 'W',
        reason: 'DESTINATION_CLOSED',
        facts: { destination: request.dest_rse_id },
      });
      continue;
    }
    const choice = chooseSource({
      directory,
      destination,
      sources: sources.get(request.did_id) ?? [],
      bad: bad.get(request.did_id),
      allowed: allowedBy(request.source_replica_expression),
      failed: new Set(request.failed_sources),
      linkOf,
      random: Math.random,
    });
    if ('reason' in choice)
      deferred.push({ id: request.id, state: choice.reason === 'NO_SOURCES' ? 'N' : 'W', ...choice });
    else routed.push({ request, chosen: choice, destination });
  }
  return { routed, deferred };
};
