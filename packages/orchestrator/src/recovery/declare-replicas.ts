import type { Transaction } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { changeStates } from '../replicas/change-states.ts';
import type { Rse } from '../rses/rse-directory.ts';
import { stopMassDeclaration } from './stop-mass-declaration.ts';

/** A copy somebody speaks against. */
export interface Declared {
  rse: Rse;
  scope: string;
  name: string;
  /** How the caller named it, for the answer. */
  shown: string;
}

export interface Declaration {
  /** B bad, S suspicious, T temporarily unavailable */
  state: 'B' | 'S' | 'T';
  reason: string | null;
  account: string;
  expiresAt?: Date | null;
  /** Bad ones that were declared already are declared again. */
  force?: boolean;
}

interface Seen {
  position: number;
  present: boolean;
  declared: boolean;
}

const replicaState = { B: 'D', T: 'T' } as const;

/**
 * Writes down what was said against copies and, for bad and temporarily unavailable ones, changes their state. What is
 * temporarily unavailable already is so until the new end. One statement and the change of states, whatever their number.
 * @returns by RSE name, those that were not taken and why; empty when all were
 */
export const declareReplicas = async (
  tx: Transaction,
  lake: Lake,
  replicas: readonly Declared[],
  { state, reason, account, expiresAt = null, force = false }: Declaration,
): Promise<Record<string, string[]>> => {
  const refused: Record<string, string[]> = {};
  if (replicas.length === 0) return refused;
  const now = new Date(lake.clock.now());
  const rows = await tx<Seen[]>`
    with asked as materialized (
      select a.position, a.scope, a.name, a.rse_id, r.bytes, r.did_id is not null as present,
             row_number() over (partition by a.scope, a.name, a.rse_id order by a.position) as again,
             exists (select from bad_replicas b where b.scope = a.scope and b.name = a.name and b.rse_id = a.rse_id
                       and b.state = ${state} and ${state} <> 'S') as declared
      from unnest(${replicas.map((replica) => replica.scope)}::text[], ${replicas.map((replica) => replica.name)}::text[],
                  ${replicas.map((replica) => replica.rse.id)}::text[]::uuid[]) with ordinality as a (scope, name, rse_id, position)
      left join dids d on d.scope = a.scope and d.name = a.name
      left join replicas r on r.did_id = d.id and r.rse_id = a.rse_id
    ), said as (
      insert into bad_replicas (scope, name, rse_id, state, reason, account, bytes, expires_at, created_at, updated_at)
      select scope, name, rse_id, ${state}, ${reason}, ${account}, bytes, ${expiresAt}::timestamptz, ${now}::timestamptz, ${now}::timestamptz
      from asked where present and not declared and again = 1
    ), longer as (
      update bad_replicas b set expires_at = ${expiresAt}::timestamptz, reason = ${reason}, account = ${account}, updated_at = ${now}::timestamptz
      from asked a where ${state} = 'T' and a.declared and b.state = 'T'
        and b.rse_id = a.rse_id and b.scope = a.scope and b.name = a.name
    )
    select position::int - 1 as position, present, declared from asked order by position`;
  const changes = [];
  const taken = new Map<Rse, number>();
  for (const { position, present, declared } of rows) {
    const { rse, scope, name, shown } = replicas[position]!;
    if (!present || (declared && !force)) {
      refused[rse.rse] ??= [];
      refused[rse.rse]!.push(`${shown} ${present ? 'Already declared' : 'Unknown replica'}`);
    } else if (state !== 'S') {
      changes.push({ scope, name, rse_id: rse.id, state: replicaState[state] });
      taken.set(rse, (taken.get(rse) ?? 0) + 1);
    }
  }
  await changeStates(tx, lake, changes);
  if (state === 'B') await stopMassDeclaration(tx, lake, taken);
  return refused;
};
