import type { CallOptions, ChecksumAlgorithm, FileStat, StorageProtocol } from '../storage-protocol.ts';
import { calling } from './calling.ts';
import { parseDigests } from './digest.ts';
import { drain, type HttpClient, httpUrl, softwareOf } from './http-client.ts';
import { elementText, responseElements } from './list-collection.ts';
import { createTurns } from './take-turns.ts';

/** XRootD computes four checksums at a time; of more at once, some get their answer half a minute late. */
const XROOTD_CHECKSUMS = 4;
const CHECKSUM_ANSWER_MS = 600_000;

/** `stat` of the contract by HEAD, with the checksum in the same request (RFC 3230). */
export const createStat = (client: HttpClient): StorageProtocol['stat'] => {
  const turns = createTurns();
  const xrootds = new Set<string>();
  const askHead = (url: string, options: CallOptions | undefined, wanted: ChecksumAlgorithm | undefined) =>
    client.call({
      ...calling(options, 'source'),
      method: 'HEAD',
      url,
      ...(wanted
        ? { headers: { 'want-digest': wanted }, answerMs: options?.answerMs ?? CHECKSUM_ANSWER_MS }
        : {}),
      accept: wanted ? [404, 410, 500] : [404, 410],
    });
  const head = async (
    url: string,
    options: CallOptions | undefined,
    wanted: ChecksumAlgorithm | undefined,
  ) => {
    const { host } = httpUrl(url);
    const answer =
      wanted && xrootds.has(host)
        ? await turns.run(host, XROOTD_CHECKSUMS, () => askHead(url, options, wanted))
        : await askHead(url, options, wanted);
    if (/^xrootd/i.test(softwareOf(answer.headers) ?? '')) xrootds.add(host);
    return answer;
  };

  /** XRootD 5 tells the time in listings only. */
  const modifiedByListing = async (url: string, options: CallOptions): Promise<string | undefined> => {
    const answer = await client.call({
      ...calling(options, 'source'),
      method: 'PROPFIND',
      url,
      headers: { depth: '0' },
      accept: [403, 404, 405, 501],
    });
    if (answer.status >= 400) {
      await drain(answer.body);
      return undefined;
    }
    for await (const element of responseElements(answer.body)) return elementText(element, 'getlastmodified');
    return undefined;
  };

  return async (url, options) => {
    let answer = await head(url, options, options?.checksum);
    if (answer.status === 500) {
      // XRootD 5 says so when asked for the digest of what is not there, or that it cannot compute.
      await drain(answer.body);
      answer = await head(url, options, undefined);
    }
    await drain(answer.body);
    if (answer.status >= 400) return undefined;
    const { headers } = answer;
    const modified = Date.parse(
      headers['last-modified'] ?? (options?.time ? await modifiedByListing(url, options) : undefined) ?? '',
    );
    const now = Date.parse(headers.date ?? '');
    return {
      size: Number(headers['content-length'] ?? 0),
      modifiedAt: Number.isNaN(modified) ? undefined : new Date(modified),
      etag: headers.etag?.startsWith('W/') ? undefined : headers.etag,
      checksums: parseDigests(headers),
      now: Number.isNaN(now) ? undefined : new Date(now),
      software: softwareOf(headers),
    } satisfies FileStat;
  };
};
