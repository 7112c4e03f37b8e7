import { counter } from '@leman/foundation';

const bytes = counter(
  'leman_storage_bytes_total',
  'Bytes of objects that came into (in) or left (out) a storage',
  ['storage', 'direction'],
);

export interface Traffic {
  in(count: number): void;
  out(count: number): void;
}

/** Counts bytes for the metrics. */
export const createTraffic = (storage: string): Traffic => {
  const [coming, leaving] = [
    bytes.labels({ storage, direction: 'in' }),
    bytes.labels({ storage, direction: 'out' }),
  ];
  return {
    in: (count) => coming.inc(count),
    out: (count) => leaving.inc(count),
  };
};
