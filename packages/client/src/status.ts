import type { LakeStatus } from '@leman/contracts';
import type { TransferRequest } from './shapes.ts';
import type { Transport } from './transport.ts';
import { query } from './wire.ts';

export interface RequestSearch {
  src_rse?: string;
  dst_rse?: string;
  src_site?: string;
  dst_site?: string;
  /** Letters, comma separated, e.g. `Q,S`. */
  request_states?: string;
}

/** The queue of transfers. */
export const requests = (lake: Transport) => ({
  list: (search: RequestSearch = {}) => lake.lines<TransferRequest>(`/requests/list${query({ ...search })}`),
});

/** The lake as a whole. */
export const status = (lake: Transport) => ({
  ping: () => lake.json<{ version: string }>('/ping'),
  lake: () => lake.json<LakeStatus>('/lake/status'),
});
