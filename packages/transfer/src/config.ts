/** Settings of the service; every one has a default that suits a small lake. */
export interface TransferConfig {
  /** Name of the virtual organisation of callers whose token names none. */
  vo: string;
  /** Copies at once from or to one storage when nothing is set for it (`/config/se`). */
  storageMaxActive: number;
  /** Copies at once on one link when nothing is set for it (`/config/links`). */
  linkMaxActive: number;
  /** Copies at once of the whole service. */
  maxActive: number;
  /** Retries of jobs that ask for the server's default (`retry: 0`). */
  retry: number;
  /** Retries of any job, unless it wants none (`retry: -1`), when the destination as a whole did not work: no other
   *  place can take the copy, and as soon as one copy got through, all that wait for the storage go on. */
  retryDestination: number;
  /** First wait before a retry, seconds; doubles up to `retryMaxSeconds`, each with jitter. */
  retryFirstSeconds: number;
  retryMaxSeconds: number;
  /** Longest time without a new byte, seconds. */
  stallSeconds: number;
  /** Longest time of one attempt: base plus so much per MiB, seconds. */
  timeoutSeconds: number;
  timeoutSecondsPerMib: number;
  /** Copy through the service when neither side can copy by itself. */
  streaming: boolean;
  streamsMax: number;
  /** Failures in a row that close a storage for a while. */
  breakerFailures: number;
  /** The same for refused credentials, which may be one user's. */
  breakerDenials: number;
  /** First and longest wait before one file is tried again, milliseconds. */
  breakerFirstMs: number;
  breakerLastMs: number;
  /** Longest wait of a job in the queue unless it says so itself, seconds; 0 for ever. */
  maxQueueSeconds: number;
  /** How long events can be replayed, and ended jobs be asked for, hours. */
  eventHours: number;
  jobHours: number;
  /** Longest time to make a connection to a storage, milliseconds. */
  connectMs: number;
  /** Files of one job at most. */
  filesPerJob: number;
}

export const defaultConfig: TransferConfig = {
  vo: 'leman',
  storageMaxActive: 60,
  linkMaxActive: 60,
  maxActive: 2000,
  retry: 0,
  retryDestination: 3,
  retryFirstSeconds: 5,
  retryMaxSeconds: 120,
  stallSeconds: 90,
  timeoutSeconds: 600,
  timeoutSecondsPerMib: 2,
  streaming: true,
  streamsMax: 8,
  breakerFailures: 3,
  breakerDenials: 10,
  breakerFirstMs: 2_000,
  breakerLastMs: 30_000,
  maxQueueSeconds: 0,
  eventHours: 48,
  jobHours: 7 * 24,
  connectMs: 10_000,
  filesPerJob: 10_000,
};
