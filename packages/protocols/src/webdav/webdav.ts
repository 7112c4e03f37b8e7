import { pipeline, Readable, Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { checksumByReading } from '../checksum-by-reading.ts';
import { StorageError } from '../storage-error.ts';
import type {
  CallOptions,
  ChecksumAlgorithm,
  FileStat,
  PutOptions,
  StorageProtocol,
} from '../storage-protocol.ts';
import { answerError } from './classify.ts';
import { parseDigests, sameChecksum } from './digest.ts';
import { createHttpClient, drain, type HttpClientOptions, httpUrl, softwareOf } from './http-client.ts';
import { elementText, listEntry, responseElements } from './list-collection.ts';
import { createTurns } from './take-turns.ts';
import { copyThirdParty } from './third-party-copy.ts';

const SMALL = 64 * 1024;
/** XRootD computes four checksums at a time; of more at once, some get their answer half a minute late. */
const XROOTD_CHECKSUMS = 4;
const CHECKSUM_ANSWER_MS = 600_000;
const parentOf = (url: string) =>
  url
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
    .replace(/\/[^/]+$/, '');

/** 409 is RFC 4918's word for it; XRootD 5 says 400 and the text. */
const parentMayBeMissing = ({ side, httpStatus, body }: StorageError): boolean =>
  side === 'destination' &&
  (httpStatus === 404 ||
    httpStatus === 409 ||
    (httpStatus === 400 && /no such file or directory/i.test(body ?? '')));

const wrongLength = (length: number, wanted: number) =>
  new StorageError(`The upload has ${length} bytes instead of ${wanted}`, {
    side: 'source',
    phase: 'copy',
    class: 'size',
  });

/** The same stream, broken off with an error when it has another length. Flows only once it is read. */
const exactly = (body: Readable, size: number): Readable => {
  let length = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      done(length > size ? wrongLength(length, size) : null, chunk);
    },
    flush: (done) => done(length === size ? null : wrongLength(length, size)),
  });
  pipeline(body, check, () => undefined);
  return check;
};

/**
 * WebDAV and HTTP-TPC storages (`davs`, `https`, `dav`, `http`): dCache, EOS, StoRM, XRootD, Leman, Apache, nginx. The
 * deviations of XRootD 5.5.3 are expected: PUT answers 200, DELETE 200, MKCOL of what exists 201, conditions and
 * `Overwrite: F` are ignored (so they are checked here too), 201 before a failing copy.
 */
export const createWebdav = (clientOptions: HttpClientOptions = {}): StorageProtocol => {
  const client = createHttpClient(clientOptions);
  const common = (options: CallOptions | undefined, side: 'source' | 'destination') => ({
    token: options?.token,
    signal: options?.signal,
    answerMs: options?.answerMs,
    side: options?.side ?? side,
    phase: options?.phase ?? ('prepare' as const),
  });

  const turns = createTurns();
  const xrootds = new Set<string>();
  const askHead = (url: string, options: CallOptions | undefined, wanted: ChecksumAlgorithm | undefined) =>
    client.call({
      ...common(options, 'source'),
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
      ...common(options, 'source'),
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

  const stat: StorageProtocol['stat'] = async (url, options) => {
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

  const mkdir: StorageProtocol['mkdir'] = async (url, options) => {
    const answer = await client.call({
      ...common(options, 'destination'),
      method: 'MKCOL',
      url: `${url.replace(/\/+$/, '')}/`,
      accept: [404, 405, 409],
    });
    const text = await drain(answer.body);
    if (answer.status === 405 || answer.status < 300) return;
    const parent = parentOf(url);
    if (httpUrl(parent).pathname === '/' || parent === url)
      throw answerError('MKCOL', { ...answer, text }, options?.side ?? 'destination', 'prepare');
    await mkdir(parent, options);
    const again = await client.call({
      ...common(options, 'destination'),
      method: 'MKCOL',
      url: `${url.replace(/\/+$/, '')}/`,
      accept: [405],
    });
    await drain(again.body);
  };

  const get: StorageProtocol['get'] = async (url, options) => {
    let range = options?.range;
    if (range) {
      // XRootD 5 answers a range beyond the end, or one without an end, with a length that never comes.
      const found = await stat(url, options);
      const end = Math.min(range.end ?? found?.size ?? 0, found?.size ?? 0);
      if (found && end <= range.start) return { size: 0, body: Readable.from([]) };
      range = { start: range.start, end };
    }
    const answer = await client.call({
      ...common(options, 'source'),
      method: 'GET',
      url,
      ...(range ? { headers: { range: `bytes=${range.start}-${range.end! - 1}` } } : {}),
    });
    const announced = answer.headers['content-length'];
    if (!range || answer.status !== 200)
      return { size: announced === undefined ? undefined : Number(announced), body: answer.body };
    // A server that does not know ranges sends all of it: cut here.
    const { start, end } = range as { start: number; end: number };
    let at = 0;
    const cut = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
        at += chunk.length;
        done(null, piece);
      },
    });
    pipeline(answer.body, cut, () => undefined);
    return { size: end - start, body: cut };
  };

  const put = async (url: string, body: Readable, options: PutOptions): Promise<void> => {
    const calling = common(options, 'destination');
    // Also tells the client how to talk to this host before the first byte goes out.
    const existing = await stat(url, options);
    if (existing && !options.overwrite) {
      body.destroy();
      throw new StorageError(`${httpUrl(url).host} already has a file at this place`, {
        side: calling.side,
        phase: calling.phase,
        class: 'exists',
        host: httpUrl(url).host,
      });
    }
    const content = options.size <= SMALL ? await buffer(body) : exactly(body, options.size);
    if (Buffer.isBuffer(content) && content.length !== options.size)
      throw wrongLength(content.length, options.size);
    const headers: Record<string, string> = {};
    if (!options.overwrite) headers['if-none-match'] = '*';
    if (options.adler32) headers.digest = `adler32=${options.adler32}`;
    const attempt = () =>
      client.call({
        ...calling,
        phase: 'copy',
        method: 'PUT',
        url,
        headers,
        body: content,
        size: options.size,
        accept: [404, 409],
      });
    let answer = await attempt();
    const text = await drain(answer.body);
    if (answer.status >= 400) {
      const repeatable = Buffer.isBuffer(content) || content.readableFlowing === null;
      if (!repeatable) throw answerError('PUT', { ...answer, text }, calling.side, 'copy');
      await mkdir(parentOf(url), options);
      answer = await attempt();
      const second = await drain(answer.body);
      if (answer.status >= 400) throw answerError('PUT', { ...answer, text: second }, calling.side, 'copy');
    }
    const stored = await stat(url, {
      ...options,
      side: calling.side,
      phase: 'verify',
      checksum: options.adler32 ? 'adler32' : undefined,
    });
    const wrong =
      stored?.size !== options.size
        ? ('size' as const)
        : options.adler32 &&
            stored.checksums.adler32 &&
            !sameChecksum(stored.checksums.adler32, options.adler32)
          ? ('checksum' as const)
          : undefined;
    if (wrong) {
      await remove(url, { ...options, phase: 'clean', onlyIf: { etag: stored?.etag, size: stored?.size } });
      throw new StorageError(`The ${wrong} at ${answer.host} is not that of the upload`, {
        side: calling.side,
        phase: 'verify',
        class: wrong,
        host: answer.host,
      });
    }
  };

  const remove: StorageProtocol['delete'] = async (url, options) => {
    const { onlyIf } = options ?? {};
    if (onlyIf && (onlyIf.size !== undefined || onlyIf.etag)) {
      const now = await stat(url, options);
      if (!now) return 'absent';
      if (
        (onlyIf.size !== undefined && now.size !== onlyIf.size) ||
        (onlyIf.etag && now.etag && now.etag !== onlyIf.etag)
      )
        return 'changed';
    }
    const answer = await client.call({
      ...common(options, 'destination'),
      method: 'DELETE',
      url,
      ...(onlyIf?.etag ? { headers: { 'if-match': onlyIf.etag } } : {}),
      accept: [404, 410, 412],
    });
    await drain(answer.body);
    if (answer.status === 412) return 'changed';
    return answer.status >= 400 ? 'absent' : 'deleted';
  };

  return {
    name: 'webdav',
    schemes: ['https', 'http', 'davs', 'dav'],
    features: {
      thirdPartyCopy: { pull: true, push: true },
      ranges: true,
      quota: true,
      checksums: ['adler32', 'md5'],
      atomicPut: false,
      keepsNothing: false,
    },
    stat,
    exists: async (url, options) =>
      (await stat(url, { ...options, checksum: undefined, time: false })) !== undefined,
    async *list(url, options) {
      const answer = await client.call({
        ...common(options, 'source'),
        method: 'PROPFIND',
        url: `${url.replace(/\/+$/, '')}/`,
        headers: { depth: '1' },
      });
      for await (const element of responseElements(answer.body)) {
        const entry = listEntry(element, url);
        if (entry) yield entry;
      }
    },
    get,
    put,
    delete: remove,
    async rename(from, to, options) {
      const calling = common(options, 'destination');
      const exists = () =>
        new StorageError(`${httpUrl(to).host} already has a file at the new name`, {
          ...calling,
          class: 'exists',
          host: httpUrl(to).host,
        });
      // Overwrite: F is ignored by some storages.
      if (!options?.overwrite && (await stat(to, options))) throw exists();
      const move = () =>
        client.call({
          ...calling,
          method: 'MOVE',
          url: from,
          headers: { destination: httpUrl(to).href, overwrite: options?.overwrite ? 'T' : 'F' },
          accept: [404, 409, 412],
        });
      let answer = await move();
      let text = await drain(answer.body);
      if (answer.status === 412) throw exists();
      if (answer.status >= 400 && (await stat(from, options))) {
        await mkdir(parentOf(to), options);
        answer = await move();
        text = await drain(answer.body);
      }
      if (answer.status >= 400) throw answerError('MOVE', { ...answer, text }, calling.side, calling.phase);
    },
    mkdir,
    async checksum(url, algorithm: ChecksumAlgorithm, options) {
      const found = await stat(url, { ...options, checksum: algorithm });
      if (!found) {
        throw new StorageError(`${httpUrl(url).host} has no file at this place`, {
          ...common(options, 'source'),
          class: 'missing',
          host: httpUrl(url).host,
          httpStatus: 404,
        });
      }
      return (
        found.checksums[algorithm] ?? (await checksumByReading((await get(url, options)).body, algorithm))
      );
    },
    async space(url, options) {
      const answer = await client.call({
        ...common(options, 'source'),
        method: 'PROPFIND',
        url,
        headers: { depth: '0', 'content-type': 'application/xml' },
        body: Buffer.from(
          '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><quota-available-bytes/><quota-used-bytes/></prop></propfind>',
        ),
      });
      for await (const element of responseElements(answer.body)) {
        const free = elementText(element, 'quota-available-bytes');
        const used = elementText(element, 'quota-used-bytes');
        if (free !== undefined && used !== undefined)
          return { usedBytes: Number(used), freeBytes: Number(free) };
      }
      return undefined;
    },
    async thirdPartyCopy(request) {
      try {
        return await copyThirdParty(client, request);
      } catch (error) {
        if (!(error instanceof StorageError) || !parentMayBeMissing(error)) throw error;
        // XRootD 5 and others make no parents. When this is not allowed, the first error tells more.
        await mkdir(parentOf(request.destination), {
          token: request.destinationToken,
          signal: request.signal,
        }).catch(() => {
          throw error;
        });
        return await copyThirdParty(client, request);
      }
    },
    close: () => client.close(),
  };
};
