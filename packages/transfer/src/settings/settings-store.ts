import type { Clock, Sql } from '@leman/foundation';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { StorageGate } from '../scheduler/storage-gate.ts';
import { ofStorage, wireName } from '../storage-name.ts';

type Json = Record<string, unknown>;
type SettingKind = 'link' | 'se' | 'global' | 'shares' | 'activity_shares';

interface Ban {
  se: string;
  vo: string;
  status: string;
  message: string;
  admin_dn: string;
  addition_time: Date;
}

export interface SettingsStore {
  of(kind: SettingKind): ReadonlyMap<string, Json>;
  set(kind: SettingKind, name: string, value: Json): Promise<void>;
  remove(kind: SettingKind, name: string): Promise<void>;
  bans(): readonly Ban[];
  ban(ban: Ban): Promise<void>;
  unban(se: string): Promise<void>;
  /** Whether submissions for a storage are refused. */
  refuses(se: string): boolean;
  /** Reads everything and hands it to the scheduler. */
  apply(scheduler: Scheduler): Promise<void>;
}

/** Whether a link's end names a storage: by itself or by its host. */
const isEnd = (end: unknown, se: string): boolean => end === se || end === wireName(se);

const positive = (value: unknown): number | undefined =>
  typeof value === 'number' && value > 0 ? value : undefined;

/** What operators set (links, storages, shares, bans): in the database, and kept in memory for the scheduler. */
export const createSettingsStore = (sql: Sql, clock: Clock): SettingsStore => {
  const kept = new Map<SettingKind, Map<string, Json>>();
  let banned: Ban[] = [];
  let scheduler: Scheduler | undefined;
  const of = (kind: SettingKind): Map<string, Json> => {
    let found = kept.get(kind);
    if (!found) {
      found = new Map();
      kept.set(kind, found);
    }
    return found;
  };
  const handOver = () => {
    if (!scheduler) return;
    scheduler.setLimits({
      storage: (se, direction) =>
        positive(
          (ofStorage(of('se'), se)?.se_info as Json | undefined)?.[
            direction === 'in' ? 'inbound_max_active' : 'outbound_max_active'
          ],
        ),
      link(sourceSe, destSe) {
        // The most exact one decides: both ends, then source, then destination, then everything.
        for (const [source, destination] of [
          [sourceSe, destSe],
          [sourceSe, '*'],
          ['*', destSe],
          ['*', '*'],
        ]) {
          for (const link of of('link').values()) {
            if (isEnd(link.source, source!) && isEnd(link.destination, destination!))
              return positive(link.max_active);
          }
        }
        return undefined;
      },
    });
    const weights = new Map<string, number>();
    for (const shares of of('activity_shares').values()) {
      for (const [activity, weight] of Object.entries((shares.share as Json | undefined) ?? {}))
        if (positive(weight)) weights.set(activity, weight as number);
    }
    // The smallest share is one turn, so that a round never takes long.
    const least = Math.min(1, ...weights.values());
    scheduler.setWeights(new Map([...weights].map(([activity, weight]) => [activity, weight / least])));
    const closed = new Map<string, StorageGate['banned']>();
    for (const ban of banned) {
      closed.set(ban.se, {
        code: 'DESTINATION_CLOSED',
        facts: { destination: ban.se, detail: ban.message || `banned by ${ban.admin_dn}` },
        since: ban.addition_time.getTime(),
        retryAt: Number.POSITIVE_INFINITY,
      });
    }
    scheduler.setBans(closed);
  };
  const load = async () => {
    const [settings, bans] = await Promise.all([
      sql<
        { kind: SettingKind; name: string; value: Json }[]
      >`select kind, name, value from settings order by kind, name`,
      sql<
        Ban[]
      >`select se, vo, status, coalesce(message, '') as message, admin_dn, addition_time from bans order by se`,
    ]);
    kept.clear();
    for (const { kind, name, value } of settings) of(kind).set(name, value);
    banned = [...bans];
    handOver();
  };

  return {
    of,
    async set(kind, name, value) {
      await sql`insert into settings (kind, name, value) values (${kind}, ${name}, ${JSON.stringify(value)}::text::json)
        on conflict (kind, name) do update set value = excluded.value`;
      await load();
    },
    async remove(kind, name) {
      await sql`delete from settings where kind = ${kind} and name = ${name}`;
      await load();
    },
    bans: () => banned,
    async ban(ban) {
      await sql`insert into bans (se, vo, status, message, admin_dn, addition_time)
        values (${ban.se}, ${ban.vo}, ${ban.status}, ${ban.message}, ${ban.admin_dn}, ${new Date(clock.now())})
        on conflict (se) do update set vo = excluded.vo, status = excluded.status, message = excluded.message,
          admin_dn = excluded.admin_dn, addition_time = excluded.addition_time`;
      await load();
    },
    async unban(se) {
      await sql`delete from bans where se = ${se}`;
      await load();
    },
    refuses: (se) => banned.some((ban) => isEnd(ban.se, se) && ban.status !== 'WAIT_AS'),
    async apply(given) {
      scheduler = given;
      await load();
    },
  };
};
