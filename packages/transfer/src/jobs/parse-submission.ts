import { randomUUID } from 'node:crypto';
import type { TransferConfig } from '../config.ts';
import type { Caller } from '../http/authenticate.ts';
import { badRequest } from '../http/fts-error.ts';
import { storageOf } from '../storage-name.ts';
import { deterministicId } from './deterministic-id.ts';

interface NewFile {
  file_index: number;
  file_state: 'SUBMITTED' | 'NOT_USED';
  source_surl: string;
  dest_surl: string;
  source_se: string;
  dest_se: string;
  activity: string;
  selection_strategy: string | null;
  user_filesize: number | null;
  checksum: string | null;
  scitag: number | null;
  file_metadata: unknown;
  staging_metadata: unknown;
  archive_metadata: unknown;
  tokens: { source: string | undefined; destination: string | undefined };
}

export interface NewJob {
  job_id: string;
  job_type: 'N' | 'R' | 'Y' | 'H';
  priority: number;
  retry: number;
  retry_delay: number;
  verify_checksum: 's' | 't' | 'b' | 'n';
  overwrite_flag: 'Y' | 'R' | 'D' | 'M' | 'Q' | null;
  max_time_in_queue: number | null;
  dst_file_report: boolean;
  job_metadata: unknown;
  /** Accepted and given back: bring_online, copy_pin_lifetime, archive_timeout, space tokens, internal_job_params. */
  params: Record<string, unknown>;
  files: NewFile[];
}

type Json = Record<string, unknown>;

const flag = (value: unknown): boolean => value === true || value === 'true' || value === 'y' || value === 1;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const integer = (params: Json, name: string, fallback: number): number => {
  const value = params[name];
  if (value === undefined || value === null || value === '') return fallback;
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  if (!Number.isInteger(number)) throw badRequest(`The parameter ${name} must be an integer.`);
  return number;
};

const verifyOf = (value: unknown, anyChecksum: boolean): NewJob['verify_checksum'] => {
  if (value === true || value === 'both' || value === 'b' || value === 'true') return 'b';
  if (value === 'source' || value === 's') return 's';
  if (value === 'target' || value === 't') return 't';
  if (value === undefined || value === null || value === false || value === 'false')
    return anyChecksum ? 't' : 'n';
  if (value === 'none' || value === 'n') return 'n';
  throw badRequest('verify_checksum must be source, target, both, none, true or false.');
};

const overwriteOf = (params: Json, multihop: boolean): NewJob['overwrite_flag'] => {
  const flags = (
    ['overwrite', 'overwrite_on_retry', 'overwrite_when_only_on_disk', 'overwrite_hop'] as const
  ).filter((name) => flag(params[name]));
  const key = flags.join('+');
  if (key === 'overwrite_when_only_on_disk+overwrite_hop') return 'Q';
  if (flags.length > 1) throw badRequest(`Only one of ${flags.join(', ')} can be set.`);
  if (key === 'overwrite_hop') {
    if (!multihop) throw badRequest('overwrite_hop needs a multihop job.');
    return 'M';
  }
  return key === 'overwrite'
    ? 'Y'
    : key === 'overwrite_on_retry'
      ? 'R'
      : key === 'overwrite_when_only_on_disk'
        ? 'D'
        : null;
};

/** Seconds of max_time_in_queue: a number is hours, else 30s, 5m, 2h, 1d. */
const queueSeconds = (value: unknown): number | null => {
  if (value === undefined || value === null || value === 0 || value === '0') return null;
  if (typeof value === 'number' || /^\d+$/.test(String(value))) return Number(value) * 3600;
  const match = /^(\d+)([smhd])$/.exec(String(value));
  if (!match) throw badRequest('max_time_in_queue must be a number of hours, or like 30s, 5m, 2h, 1d.');
  return Number(match[1]) * { s: 1, m: 60, h: 3600, d: 86_400 }[match[2] as 's' | 'm' | 'h' | 'd'];
};

const internalParams = (params: Json): string | null => {
  const parts = [
    params.nostreams ? `nostreams:${params.nostreams}` : '',
    params.timeout ? `timeout:${params.timeout}` : '',
    params.buffer_size ? `buffersize:${params.buffer_size}` : '',
    flag(params.strict_copy) ? 'strict' : '',
    flag(params.disable_cleanup) ? 'disable-cleanup' : '',
    params.ipv4 === true ? 'ipv4' : params.ipv6 === true ? 'ipv6' : '',
    params.s3alternate === true ? 's3alternate' : '',
  ].filter(Boolean);
  return parts.length ? parts.join(',') : null;
};

const urlsOf = (file: Json, name: 'sources' | 'destinations', at: number): string[] => {
  const list = file[name];
  if (!Array.isArray(list) || list.length === 0)
    throw badRequest(`File ${at} has no ${name}. Give a list of URLs.`);
  return list.map((url) => String(url).trim());
};

const tokensOf = (
  file: Json,
  name: 'source_tokens' | 'destination_tokens',
  urls: number,
  login: string,
  at: number,
): string[] => {
  const list = file[name];
  if (list === undefined || list === null) return Array<string>(urls).fill(login);
  if (!Array.isArray(list) || list.length !== urls || list.some((token) => typeof token !== 'string')) {
    throw badRequest(`File ${at} has another number of ${name} than of URLs. Give one token per URL.`);
  }
  return list as string[];
};

const metadataOf = (value: unknown): unknown =>
  typeof value === 'string' ? { label: value } : (value ?? null);

const fileOf = (file: unknown, index: number, caller: Caller): NewFile[] => {
  if (!isObject(file)) throw badRequest(`File ${index} is not an object.`);
  const sources = urlsOf(file, 'sources', index);
  const destinations = urlsOf(file, 'destinations', index);
  if ((file.source_tokens == null) !== (file.destination_tokens == null)) {
    throw badRequest(
      `File ${index} brings tokens for one side only. Give source_tokens and destination_tokens, or neither.`,
    );
  }
  const sourceTokens = tokensOf(file, 'source_tokens', sources.length, caller.token, index);
  const destinationTokens = tokensOf(file, 'destination_tokens', destinations.length, caller.token, index);
  const size = file.filesize;
  if (
    size !== undefined &&
    size !== null &&
    !(typeof size === 'number' && Number.isSafeInteger(size) && size >= 0)
  ) {
    throw badRequest(`The filesize of file ${index} must be a number of bytes.`);
  }
  const scitag = file.scitag;
  if (
    scitag !== undefined &&
    scitag !== null &&
    !(typeof scitag === 'number' && Number.isInteger(scitag) && scitag >= 65 && scitag <= 65_535)
  ) {
    throw badRequest(`The scitag of file ${index} must be from 65 to 65535.`);
  }
  if (file.checksum !== undefined && file.checksum !== null && typeof file.checksum !== 'string') {
    throw badRequest(`The checksum of file ${index} must be like ADLER32:1a2b3c4d.`);
  }
  for (const name of ['staging_metadata', 'archive_metadata'] as const) {
    if (file[name] !== undefined && file[name] !== null && !isObject(file[name]))
      throw badRequest(`The ${name} of file ${index} must be an object.`);
  }
  const pairs = sources.flatMap((source, s) =>
    destinations.map((destination, d) => ({ source, destination, s, d })),
  );
  return pairs.map(({ source, destination, s, d }, at) => ({
    file_index: index,
    file_state: at === 0 ? 'SUBMITTED' : 'NOT_USED',
    source_surl: source,
    dest_surl: destination,
    source_se: storageOf(source),
    dest_se: storageOf(destination),
    activity: typeof file.activity === 'string' && file.activity ? file.activity : 'default',
    selection_strategy: typeof file.selection_strategy === 'string' ? file.selection_strategy : null,
    user_filesize: (size as number | null | undefined) ?? null,
    checksum: typeof file.checksum === 'string' && file.checksum ? file.checksum : null,
    scitag: (scitag as number | null | undefined) ?? null,
    file_metadata: metadataOf(file.metadata),
    staging_metadata: file.staging_metadata ?? null,
    archive_metadata: file.archive_metadata ?? null,
    tokens: { source: sourceTokens[s], destination: destinationTokens[d] },
  }));
};

/**
 * A job from the body of a submission (`{files, params}`), in the meaning of FTS3 REST: defaults, letters and limits as
 * there; unknown parameters are ignored.
 *
 * @throws ValueError 400 with one sentence about the first thing wrong; MethodNotAllowed 405 for `delete` jobs.
 */
export const parseSubmission = (body: Json, caller: Caller, config: TransferConfig): NewJob => {
  if (!Array.isArray(body.files) || body.files.length === 0)
    throw badRequest('No transfers are specified. Give a list of files.');
  if (body.files.length > config.filesPerJob)
    throw badRequest(`A job takes ${config.filesPerJob} files at most. Send several jobs.`);
  const params: Json = isObject(body.params) ? body.params : {};
  const multihop = flag(params.multihop);
  const files = body.files.map((file, index) => fileOf(file, index, caller));
  const alternatives = files.some((list) => list.length > 1);
  if (alternatives && (multihop || flag(params.reuse)))
    throw badRequest('A job with alternative sources cannot be multihop or reuse sessions.');
  if (alternatives && files.length > 1)
    throw badRequest('A job with alternative sources takes one file. Send one job per file.');
  const all = files.flat();
  if (multihop) for (const file of all.slice(1)) file.file_state = 'NOT_USED';
  if (isObject(params.job_metadata) && JSON.stringify(params.job_metadata).length > 64 * 1024)
    throw badRequest('job_metadata is longer than 64 kB.');
  const retry = integer(params, 'retry', 0);
  const metadata = metadataOf(params.job_metadata);
  return {
    job_id:
      params.id_generator === 'deterministic' ? deterministicId(caller.vos[0]!, params.sid) : randomUUID(),
    job_type: alternatives ? 'R' : multihop ? 'H' : flag(params.reuse) ? 'Y' : 'N',
    priority: Math.min(5, Math.max(1, integer(params, 'priority', 3))),
    retry: retry < 0 ? -1 : Math.min(retry, 1000),
    retry_delay: Math.min(Math.max(0, integer(params, 'retry_delay', 0)), 86_400),
    verify_checksum: verifyOf(
      params.verify_checksum,
      all.some((file) => file.checksum !== null),
    ),
    overwrite_flag: overwriteOf(params, multihop),
    max_time_in_queue: queueSeconds(params.max_time_in_queue),
    dst_file_report: flag(params.dst_file_report),
    job_metadata: isObject(metadata) ? { ...metadata, auth_method: 'oauth2' } : metadata,
    params: {
      bring_online: integer(params, 'bring_online', -1),
      copy_pin_lifetime: integer(params, 'copy_pin_lifetime', -1),
      archive_timeout: integer(params, 'archive_timeout', -1),
      source_spacetoken: params.source_spacetoken ?? '',
      destination_spacetoken: params.spacetoken ?? params.destination_spacetoken ?? '',
      internal_job_params: internalParams(params),
    },
    files: all,
  };
};
