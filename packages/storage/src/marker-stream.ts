import type { ServerResponse } from 'node:http';
import { asStorageError } from './storage-error.ts';

export interface MarkerStream {
  /** Counts bytes that arrived. */
  add(bytes: number): void;
  connectedTo(name: string): void;
  succeed(adler32: string | undefined): void;
  fail(error: unknown): void;
}

const EVERY_MS = 5_000;

/**
 * The answer to a third-party copy: 202 and a marker at once, then one every five seconds, then one line that decides
 * (the status does not). Lines and their order are those XRootD writes and davix reads; a line with the digest is
 * passed over by clients that do not know it.
 */
export const startMarkers = (response: ServerResponse, now: () => number): MarkerStream => {
  let bytes = 0;
  let connection: string | undefined;
  const write = (...further: string[]): void => {
    if (response.destroyed) return;
    const lines = [
      'Perf Marker',
      `Timestamp: ${Math.floor(now() / 1000)}`,
      'Stripe Index: 0',
      `Stripe Bytes Transferred: ${bytes}`,
      'Total Stripe Count: 1',
      ...(connection ? [`RemoteConnections: ${connection}`] : []),
      ...further,
      'End',
    ];
    response.write(`${lines.join('\n')}\n`);
  };
  response.writeHead(202, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-store' });
  write();
  const timer = setInterval(write, EVERY_MS);
  const end = (line: string): void => {
    clearInterval(timer);
    if (!response.destroyed) response.end(`${line}\n`);
  };
  response.once('close', () => clearInterval(timer));
  return {
    add(more) {
      bytes += more;
    },
    connectedTo(name) {
      connection = name;
    },
    succeed(adler32) {
      write(...(adler32 ? [`Digest: adler32=${adler32}`] : []));
      end('success: Created');
    },
    fail(error) {
      const known = asStorageError(error);
      // davix reads lines of at most 1023 bytes.
      end(`failure: ${known.status} ${known.name}: ${known.message.replaceAll(/\s+/g, ' ').slice(0, 700)}`);
    },
  };
};
