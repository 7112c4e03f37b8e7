import type { Lake } from '../lake.ts';

export interface ConveyorSettings {
  /** Links between two storages of scheme mock are carried out by the mock transfer tool, which moves nothing. */
  mock: boolean;
  /** Attempts until a lock turns STUCK. */
  maxAttempts: number;
  /** Seconds before the second attempt; doubles with each, up to an hour. */
  retryDelay: number;
}

const defaults: ConveyorSettings = { mock: false, maxAttempts: 4, retryDelay: 30 };

const positive = (text: string | undefined, otherwise: number): number => {
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) && value >= 0 ? value : otherwise;
};

/**
 * Settings of the conveyor from the lake's configuration, section `conveyor` (PUT /config/conveyor/OPTION/VALUE): `transfertool` (`mock` for
 * benchmarks), `max_attempts`, `retry_delay` (s). One cheap query; a change holds from the next batch on.
 */
export const conveyorSettings = async (lake: Lake): Promise<ConveyorSettings> => {
  const rows = await lake.sql<{ option: string; value: string }[]>`
    select option, value from config where section = 'conveyor'`;
  const given = new Map(rows.map((row) => [row.option, row.value]));
  return {
    mock: given.get('transfertool') === 'mock',
    maxAttempts: Math.max(1, positive(given.get('max_attempts'), defaults.maxAttempts)),
    retryDelay: positive(given.get('retry_delay'), defaults.retryDelay),
  };
};
