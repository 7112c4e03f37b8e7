import { randomUUID } from 'node:crypto';
import type { Lake } from '../lake.ts';
import { buildPfn } from '../rses/build-pfn.ts';
import { lfn2pfnAlgorithm, lfnToPath } from '../rses/lfn-to-path.ts';
import type { Rse } from '../rses/rse-directory.ts';
import type { Chosen } from './choose-source.ts';
import type { ClaimedRequest } from './claim-requests.ts';
import type { FtsFile, FtsJob } from './fts-client.ts';
import { storageToken } from './storage-token.ts';

/** One file on its way. */
export interface Assignment {
  request: ClaimedRequest;
  source: Rse;
  destination: Rse;
  sourceUrl: string;
  destinationUrl: string;
  /** Path that the copy gets at a destination that is not deterministic. */
  newPath: string | null;
}

/** Files that travel together: one link, one activity, one priority. */
export interface Batch {
  sid: string;
  assignments: Assignment[];
}

/** Hours a file may wait at the transfer service: then its source is chosen anew. The field's default. */
const HOURS_IN_QUEUE = 168;
/** What a real FTS takes per job, and Rucio sends. */
const FILES_PER_JOB = 200;

const pathAt = (rse: Rse, request: ClaimedRequest, stored: string | null): string =>
  stored ?? lfnToPath(rse.deterministic ? lfn2pfnAlgorithm(rse) : 'hash', request.scope, request.name);

/** Where a claimed file is read from and written to. */
export const assign = (request: ClaimedRequest, chosen: Chosen, destination: Rse): Assignment => {
  const path = pathAt(destination, request, request.path);
  return {
    request,
    source: chosen.rse,
    destination,
    sourceUrl: buildPfn(chosen.link.source, pathAt(chosen.rse, request, chosen.source.path)),
    destinationUrl: buildPfn(chosen.link.destination, path),
    newPath: destination.deterministic || request.path ? null : path,
  };
};

const originOf = (url: string): string => url.slice(0, url.indexOf('/', url.indexOf('://') + 3));

/** Groups files into jobs of one link, one activity and one priority, 200 files at most. */
export const groupIntoBatches = (assignments: readonly Assignment[]): Batch[] => {
  const open = new Map<string, Batch>();
  const batches: Batch[] = [];
  for (const assignment of assignments) {
    const { request, source, destination } = assignment;
    const link = [
      source.id,
      destination.id,
      originOf(assignment.sourceUrl),
      originOf(assignment.destinationUrl),
    ];
    const key = [...link, request.activity, request.priority].join('\0');
    let batch = open.get(key);
    if (!batch || batch.assignments.length >= FILES_PER_JOB) {
      batch = { sid: randomUUID(), assignments: [] };
      open.set(key, batch);
      batches.push(batch);
    }
    batch.assignments.push(assignment);
  }
  return batches;
};

const checksumOf = ({ adler32, md5 }: ClaimedRequest): string | undefined =>
  adler32 ? `ADLER32:${adler32}` : md5 ? `MD5:${md5}` : undefined;

const fileOf = (
  lake: Lake,
  { request, source, destination, sourceUrl, destinationUrl }: Assignment,
): FtsFile => {
  const checksum = checksumOf(request);
  const read = storageToken(lake, sourceUrl, ['read']);
  // Reading: the copy is looked at and verified with it (XRootD 5 shows nothing to who may only write).
  const write = storageToken(lake, destinationUrl, ['create', 'modify', 'read']);
  return {
    sources: [sourceUrl],
    destinations: [destinationUrl],
    filesize: request.bytes,
    ...(checksum ? { checksum } : {}),
    activity: request.activity,
    metadata: {
      request_id: request.id,
      scope: request.scope,
      name: request.name,
      activity: request.activity,
      request_type: 'transfer',
      src_type: source.rse_type,
      dst_type: destination.rse_type,
      src_rse: source.rse,
      dst_rse: destination.rse,
      src_rse_id: source.id,
      dest_rse_id: destination.id,
      filesize: request.bytes,
      adler32: request.adler32,
      md5: request.md5,
    },
    ...(read && write ? { source_tokens: [read], destination_tokens: [write] } : {}),
  };
};

const checksumMode = (source: Rse, destination: Rse): 'both' | 'source' | 'target' | 'none' => {
  const at = (rse: Rse) => rse.attributes.get('verify_checksum') !== 'false';
  return at(source) ? (at(destination) ? 'both' : 'source') : at(destination) ? 'target' : 'none';
};

/** The job document of a batch, with a token per file and side. Reference: fts3 1.3. */
export const jobOf = (lake: Lake, { sid, assignments }: Batch): FtsJob => {
  const { request, source, destination } = assignments[0]!;
  return {
    files: assignments.map((assignment) => fileOf(lake, assignment)),
    params: {
      verify_checksum: checksumMode(source, destination),
      // What lies at the path of a copy that the catalogue does not have is left over from an attempt that was cut off.
      overwrite: destination.rse_type !== 'TAPE',
      retry: 0,
      max_time_in_queue: HOURS_IN_QUEUE,
      priority: Math.min(5, Math.max(1, request.priority)),
      job_metadata: { issuer: 'rucio', multi_sources: false },
      id_generator: 'deterministic',
      sid,
    },
  };
};
