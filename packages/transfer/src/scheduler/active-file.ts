import type { StorageError } from '@leman/protocols';

/** A file whose attempt runs: what was read when it was claimed, and what the attempt found. */
export interface ActiveFile {
  fileId: number;
  jobId: string;
  /** Fences everything this attempt writes. */
  attempt: number;
  /** Retries used so far. */
  retry: number;
  jobType: 'N' | 'R' | 'Y' | 'H';
  jobRetry: number;
  retryDelay: number;
  verify: 's' | 't' | 'b' | 'n';
  overwriteFlag: string | null;
  disableCleanup: boolean;
  dstFileReport: boolean;
  priority: number;
  userDn: string;
  voName: string;
  submitTime: Date;
  source: string;
  destination: string;
  sourceSe: string;
  destSe: string;
  activity: string;
  size: number | undefined;
  checksum: string | undefined;
  scitag: number | undefined;
  fileMetadata: unknown;
  jobMetadata: unknown;
  sourceToken: string | undefined;
  destinationToken: string | undefined;
  /** When the first attempt began: what lies at the destination since then may be ours. */
  firstStarted: Date;
  /** An earlier attempt began, and its end is not known to have left nothing behind. */
  startedBefore: boolean;
  startedAt: Date;
  abort: AbortController;
  mode: 'pull' | 'push' | 'stream' | undefined;
  bytes: number;
  /** The storage refused the copy before it began. */
  refused: boolean;
}

interface Success {
  ok: true;
  size: number;
  checksum: string | undefined;
  /** The right file was at the destination before this job touched it. */
  alreadyThere: boolean;
}

export interface Failure {
  ok: false;
  error: StorageError;
  /** A retry could meet what this attempt left running: never retry here. */
  final?: boolean;
  /** What lies at the destination, for `dst_file_report`. */
  found?: { size: number; checksum: string | undefined };
}

export type AttemptResult = Success | Failure;
