import { checksumByReading } from '../checksum-by-reading.ts';
import { reclassify, StorageError } from '../storage-error.ts';
import type { ChecksumAlgorithm, StorageProtocol } from '../storage-protocol.ts';
import { calling, parentOf } from './calling.ts';
import { answerError } from './classify.ts';
import { createDelete } from './delete-file.ts';
import { createGet } from './get-file.ts';
import { createHttpClient, drain, type HttpClientOptions, httpUrl } from './http-client.ts';
import { elementText, listEntry, responseElements } from './list-collection.ts';
import { createMkdir } from './make-collection.ts';
import { createPut } from './put-file.ts';
import { createStat } from './stat-file.ts';
import { copyThirdParty } from './third-party-copy.ts';

/** 409 is RFC 4918's word for it; XRootD 5 says 400 and the text. */
const parentMayBeMissing = ({ side, httpStatus, body }: StorageError): boolean =>
  side === 'destination' &&
  (httpStatus === 404 ||
    httpStatus === 409 ||
    (httpStatus === 400 && /no such file or directory/i.test(body ?? '')));

/**
 * WebDAV and HTTP-TPC storages (`davs`, `https`, `dav`, `http`): dCache, EOS, StoRM, XRootD, Leman, Apache, nginx. The
 * deviations of XRootD 5.5.3 are expected: PUT answers 200, DELETE 200, MKCOL of what exists 201, conditions and
 * `Overwrite: F` are ignored (so they are checked here too), 201 before a failing copy.
 */
export const createWebdav = (clientOptions: HttpClientOptions = {}): StorageProtocol => {
  const client = createHttpClient(clientOptions);
  const stat = createStat(client);
  const mkdir = createMkdir(client);
  const remove = createDelete(client, stat);
  const get = createGet(client, stat);
  const put = createPut(client, { stat, mkdir, delete: remove });

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
        ...calling(options, 'source'),
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
      const call = calling(options, 'destination');
      const exists = () =>
        new StorageError(`${httpUrl(to).host} already has a file at the new name`, {
          ...call,
          class: 'exists',
          host: httpUrl(to).host,
        });
      // Overwrite: F is ignored by some storages.
      if (!options?.overwrite && (await stat(to, options))) throw exists();
      const move = () =>
        client.call({
          ...call,
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
      if (answer.status >= 400) throw answerError('MOVE', { ...answer, text }, call.side, call.phase);
    },
    mkdir,
    async checksum(url, algorithm: ChecksumAlgorithm, options) {
      const found = await stat(url, { ...options, checksum: algorithm });
      if (!found) {
        throw new StorageError(`${httpUrl(url).host} has no file at this place`, {
          ...calling(options, 'source'),
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
        ...calling(options, 'source'),
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
        }).catch((refused: unknown) => {
          // A token for one file does not make directories at XRootD 5; a PUT of the source does, so push.
          const onlyByPut =
            request.mode === 'pull' && refused instanceof StorageError && refused.class === 'denied';
          throw onlyByPut ? reclassify(error, 'unsupported') : error;
        });
        return await copyThirdParty(client, request);
      }
    },
    close: () => client.close(),
  };
};
