import type { Clock, Log } from '@leman/foundation';
import type { Verifier } from '@leman/tokens';
import type { BufferPool } from './buffer-pool.ts';
import type { ObjectIndex } from './object-index.ts';
import type { Pace } from './pace.ts';
import type { Peers } from './peers.ts';
import type { Renames } from './renames.ts';
import type { Space } from './space.ts';
import type { Throttle } from './throttle.ts';
import type { Traffic } from './traffic.ts';

/** What the operations of one storage share. */
export interface StorageContext {
  readonly name: string;
  /** Real path of the directory that holds the objects. */
  readonly root: string;
  /** Where uploads grow and deleted trees wait: inside the root, so that renaming stays atomic; never shown. */
  readonly incoming: string;
  readonly trash: string;
  /** Authorities (host:port) that mean this storage. */
  readonly authorities: ReadonlySet<string>;
  readonly durability: 'process' | 'power';
  readonly index: ObjectIndex;
  readonly space: Space;
  readonly verifier: Verifier;
  readonly peers: Peers;
  readonly buffers: BufferPool;
  readonly pace: Pace;
  readonly renames: Renames;
  readonly throttle: Throttle;
  readonly traffic: Traffic;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the storage stops. */
  readonly stopping: AbortSignal;
}
