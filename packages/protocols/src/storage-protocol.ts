import type { Readable } from 'node:stream';
import type { Phase, Side } from './storage-error.ts';

export type ChecksumAlgorithm = 'adler32' | 'md5';
/** Lower-case hex; adler32 always 8 digits. */
export type Checksums = Partial<Record<ChecksumAlgorithm, string>>;

/** What every call takes. */
export interface CallOptions {
  /** Bearer token of this call; goes to the host of the URL only, is never logged and never part of an error. */
  token?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Side and phase that errors of this call are reported with. */
  side?: Side | undefined;
  phase?: Phase | undefined;
  /** Longest time for the head of the answer, milliseconds. Default 60,000. */
  answerMs?: number | undefined;
}

export interface FileStat {
  /** Bytes. */
  size: number;
  modifiedAt: Date | undefined;
  /** Strong validator, when the storage has one: what a conditional delete compares. */
  etag: string | undefined;
  checksums: Checksums;
  /** Storage's clock at the answer, when it tells: modification times are compared with this one. */
  now: Date | undefined;
  /** The software that answered, e.g. `XrootD/v5.5.3`; undefined when it does not say. */
  software: string | undefined;
}

export interface ListEntry {
  /** URL of the entry: the listed one plus the name. */
  url: string;
  name: string;
  directory: boolean;
  /** Bytes; undefined when the listing does not tell. */
  size: number | undefined;
  modifiedAt: Date | undefined;
}

export interface Opened {
  /** Bytes that the body will give; undefined when not announced. */
  size: number | undefined;
  body: Readable;
}

export interface PutOptions extends CallOptions {
  /** Bytes of the body; another number of bytes is an error. */
  size: number;
  /** Verified at the storage after writing. */
  adler32?: string | undefined;
  /** Default false: an existing file is an error of class `exists`. */
  overwrite?: boolean | undefined;
}

export interface DeleteOptions extends CallOptions {
  /** Deletes only what still looks like this; anything else gives 'changed'. */
  onlyIf?: { etag?: string | undefined; size?: number | undefined } | undefined;
}

export interface Space {
  usedBytes: number;
  freeBytes: number;
}

export interface Marker {
  /** Bytes so far, of all stripes. */
  bytes: number;
  /** `tcp:host:port` of the data connections, as the storage reports them. */
  connections: readonly string[];
}

export interface CopyRequest {
  /** pull: the destination fetches; push: the source sends. */
  mode: 'pull' | 'push';
  source: string;
  destination: string;
  sourceToken?: string | undefined;
  destinationToken?: string | undefined;
  overwrite?: boolean | undefined;
  /** Told to the active storage, which may refuse early; never relied upon. */
  adler32?: string | undefined;
  /** Packet mark, 65..65535. */
  scitag?: number | undefined;
  /** Shown in the storages' logs: `job-id=..;file-id=..;retry=..`. */
  clientInfo?: string | undefined;
  /** The storage has taken the order; from here on it may have written something. */
  onAccepted?(): void;
  onMarker?(marker: Marker): void;
  signal?: AbortSignal | undefined;
  /** Longest time without a new byte, milliseconds. Default 90,000. */
  stallMs?: number | undefined;
}

export interface CopyResult {
  /** Last count of the markers; a short copy may end before the first counting one. */
  bytes: number;
  /** The software of the active storage. */
  software: string | undefined;
}

/** What a protocol can do beyond the operations that all have. */
export interface Features {
  thirdPartyCopy: { pull: boolean; push: boolean };
  ranges: boolean;
  quota: boolean;
  /** Kinds that the storage may know without being read. */
  checksums: readonly ChecksumAlgorithm[];
  /** Readers never see a part of a file that is being put. */
  atomicPut: boolean;
  /** Keeps nothing: what was put is not there. For benchmarks. */
  keepsNothing: boolean;
}

/**
 * The client side of a storage. One instance serves any number of hosts of its schemes and may be used concurrently;
 * every operation takes the whole URL of the file.
 *
 * Errors: every operation rejects with `StorageError` and nothing else. Absence is not an error where the result can
 * say it (`stat`, `delete`); elsewhere it is class `missing`.
 *
 * Retry: the implementation repeats a call once when a kept-alive connection turned out to be closed, never else;
 * whoever calls decides by `error.retryable`.
 *
 * Idempotence: all but `rename` may be repeated: `put` with the same bytes, `mkdir` of what exists, `delete` of what is
 * gone ('absent') succeed.
 */
export interface StorageProtocol {
  readonly name: string;
  readonly schemes: readonly string[];
  readonly features: Features;
  /**
   * Size, time, validator, and the checksum asked for when the storage knows it; undefined when there is no file.
   * Cheap but for `checksum`, which a storage without a stored one may compute by reading; `time` asks for the time of
   * modification even where it costs another request.
   */
  stat(
    url: string,
    options?: CallOptions & { checksum?: ChecksumAlgorithm | undefined; time?: boolean | undefined },
  ): Promise<FileStat | undefined>;
  exists(url: string, options?: CallOptions): Promise<boolean>;
  /** Entries of a directory, in the storage's order; constant memory. Class `missing` when there is none. */
  list(url: string, options?: CallOptions): AsyncIterable<ListEntry>;
  /** Bytes from `start` up to and without `end`; without a range the whole file. */
  get(
    url: string,
    options?: CallOptions & { range?: { start: number; end?: number | undefined } | undefined },
  ): Promise<Opened>;
  /** Makes missing parents. What was written is removed again when the put fails. */
  put(url: string, body: Readable, options: PutOptions): Promise<void>;
  delete(url: string, options?: DeleteOptions): Promise<'deleted' | 'absent' | 'changed'>;
  /** Within one storage; class `exists` when the target is there and `overwrite` is not set. */
  rename(
    from: string,
    to: string,
    options?: CallOptions & { overwrite?: boolean | undefined },
  ): Promise<void>;
  /** With parents. */
  mkdir(url: string, options?: CallOptions): Promise<void>;
  /** From the storage's store; by reading the file when the storage has none. */
  checksum(url: string, algorithm: ChecksumAlgorithm, options?: CallOptions): Promise<string>;
  /** Of the area the URL lies in; undefined when the storage does not tell. */
  space(url: string, options?: CallOptions): Promise<Space | undefined>;
  /** Only where `features.thirdPartyCopy` says so. Makes missing parents. Aborting the signal closes the connection, which ends the copy. */
  thirdPartyCopy?(request: CopyRequest): Promise<CopyResult>;
  close(): void;
}
