/** Answer of `GET /lake/status`: how the whole lake is now. Times are ISO 8601 in UTC, sizes bytes, rates bytes/s. */
export interface LakeStatus {
  /** When the figures were taken. */
  as_of: string;
  rses: LakeStatusRse[];
  transfers: {
    /** Waiting for their turn. */
    queued: number;
    queued_bytes: number;
    /** Handed to the transfer service. */
    submitted: number;
    submitted_bytes: number;
    /** Waiting for something else, by reason code (contracts/reasons). */
    waiting: { reason: string; files: number; bytes: number }[];
  };
  /** Links with anything queued, moving, or ended in the last hour. */
  links: LakeStatusLink[];
  /** Ended attempts per 10 s of the last 15 minutes, oldest first; empty intervals are left out. */
  throughput: { at: string; done: number; failed: number; bytes: number }[];
  daemons: { name: string; alive: boolean; beat_at: string | null }[];
  /** Rows waiting per queue, e.g. `judge-evaluator: 12`. */
  backlog: Record<string, number>;
}

export interface LakeStatusRse {
  rse: string;
  /** RSE attribute `site`; null when it has none. */
  site: string | null;
  rse_type: string;
  /** What the storage says (source `storage`), else what the catalogue knows (source `rucio`). */
  source: string;
  used: number;
  /** null: unknown. */
  free: number | null;
  /** Replicas of the catalogue. */
  files: number;
  bytes: number;
  availability_read: boolean;
  availability_write: boolean;
  availability_delete: boolean;
}

export interface LakeStatusLink {
  source: string;
  destination: string;
  /** Handed to the transfer service and not ended. */
  active: number;
  last_15m: LakeStatusCount;
  last_1h: LakeStatusCount;
}

export interface LakeStatusCount {
  done: number;
  failed: number;
  /** Bytes of the done ones. */
  bytes: number;
}
