import type { DaemonDefinition } from '@leman/foundation';
import { lockFilesByName } from '../dids/lock-files.ts';
import type { Lake } from '../lake.ts';
import { changeStates } from '../replicas/change-states.ts';

const BATCH = 500;

interface Due {
  scope: string;
  name: string;
  rse_id: string;
}

/** minos-temporary-expiration: copies that were temporarily unavailable are available again when the time is over. */
export const minosTemporaryExpiration = (lake: Lake): DaemonDefinition => ({
  name: 'minos-temporary-expiration',
  wakeOn: [],
  pollMs: 5_000,
  async batch({ now }) {
    const at = new Date(now);
    const due = await lake.sql<Due[]>`
      select scope, name, rse_id from bad_replicas
      where state = 'T' and expires_at <= ${at} order by expires_at limit ${BATCH}`;
    await lake.sql`delete from bad_pfns where state = 'T' and expires_at <= ${at}`;
    if (due.length === 0) return 0;
    const wake = await lake.sql.begin(async (tx) => {
      await lockFilesByName(tx, due, 'copies');
      // What somebody declared bad, or deleted, or found available in the meantime stays as it is.
      const still = await tx<Due[]>`
        with over as (
          update bad_replicas b set state = 'R', updated_at = ${at}
          from unnest(${due.map(({ scope }) => scope)}::text[], ${due.map(({ name }) => name)}::text[],
                      ${due.map(({ rse_id }) => rse_id)}::text[]::uuid[]) as asked (scope, name, rse_id)
          where b.rse_id = asked.rse_id and b.scope = asked.scope and b.name = asked.name
            and b.state = 'T' and b.expires_at <= ${at}
          returning b.scope, b.name, b.rse_id
        )
        select distinct over.scope, over.name, over.rse_id
        from over join dids d on d.scope = over.scope and d.name = over.name
        join replicas r on r.did_id = d.id and r.rse_id = over.rse_id
        where r.state = 'T'`;
      return changeStates(
        tx,
        lake,
        still.map((copy) => ({ ...copy, state: 'A' as const })),
      );
    });
    for (const channel of wake) lake.wakeups.wake(channel);
    return due.length;
  },
});
