import { type Side, StorageError } from '../storage-error.ts';
import type { CopyRequest, CopyResult } from '../storage-protocol.ts';
import { classOfCopyFailure } from './classify.ts';
import { drain, type HttpClient, httpUrl, softwareOf } from './http-client.ts';
import { createMarkerReader } from './marker-stream.ts';

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');

/** The URL as other storages want to read it: http or https. */
const plain = (url: string) => url.replace(/^dav(s?):/, 'http$1:');

/**
 * One COPY at the active storage, until its outcome line (WLCG HTTP-TPC). Success is decided by that line alone, never
 * by the status: XRootD answers 201 and may still fail.
 *
 * @throws StorageError; the side is the storage at fault as far as the text tells.
 */
export const copyThirdParty = async (client: HttpClient, request: CopyRequest): Promise<CopyResult> => {
  const pull = request.mode === 'pull';
  const active: Side = pull ? 'destination' : 'source';
  const activeToken = pull ? request.destinationToken : request.sourceToken;
  const passiveToken = pull ? request.sourceToken : request.destinationToken;
  const stallMs = request.stallMs ?? 90_000;
  const headers: Record<string, string> = {
    [pull ? 'source' : 'destination']: plain(pull ? request.source : request.destination),
    overwrite: request.overwrite ? 'T' : 'F',
    credential: 'none',
    'x-no-delegate': 'true',
    'x-number-of-streams': '0',
    requirechecksumverification: 'false',
  };
  if (passiveToken) headers.transferheaderauthorization = `Bearer ${passiveToken}`;
  if (request.adler32) headers['repr-digest'] = `adler=:${base64(request.adler32)}:`;
  if (request.scitag) headers.scitag = String(request.scitag);
  if (request.clientInfo) headers.clientinfo = request.clientInfo;

  const url = pull ? request.destination : request.source;
  const host = httpUrl(url).host;
  const answer = await client.call({
    method: 'COPY',
    url,
    headers,
    token: activeToken,
    signal: request.signal,
    answerMs: stallMs,
    // The watchdog below is the judge; this one is for a body that ends in silence.
    stallMs: stallMs * 2,
    side: active,
    phase: 'copy',
    trustRedirects: true,
  });
  request.onAccepted?.();
  const software = softwareOf(answer.headers);
  // 204 and an empty 201 are the answers of a plain WebDAV COPY, done when answered.
  if (answer.status === 204 || answer.headers['content-length'] === '0') {
    await drain(answer.body);
    return { bytes: 0, software };
  }
  let moved = -1;
  const stalled = () =>
    answer.body.destroy(
      new StorageError(`No byte moved for ${stallMs / 1000} s, says ${answer.host}`, {
        side: 'transfer',
        phase: 'copy',
        class: 'stalled',
        host: answer.host,
      }),
    );
  const watchdog = setTimeout(stalled, stallMs);
  const reader = createMarkerReader((marker) => {
    if (marker.bytes > moved) {
      moved = marker.bytes;
      watchdog.refresh();
    }
    request.onMarker?.(marker);
  });
  try {
    answer.body.setEncoding('utf8');
    // Read to the end, so that the connection can serve the next copy.
    for await (const text of answer.body as AsyncIterable<string>)
      if (reader.push(text)) clearTimeout(watchdog);
  } catch (error) {
    if (error instanceof StorageError) throw error;
    if (request.signal?.aborted) {
      throw new StorageError('The copy was canceled', {
        side: 'transfer',
        phase: 'copy',
        class: 'canceled',
        host,
      });
    }
    if (reader.end().kind === 'abrupt') {
      throw new StorageError(`${answer.host} cut the connection during the copy`, {
        side: active,
        phase: 'copy',
        class: 'interrupted',
        host: answer.host,
        cause: error,
      });
    }
  } finally {
    clearTimeout(watchdog);
  }
  const outcome = reader.end();
  if (outcome.kind === 'success') return { bytes: reader.bytes, software };
  if (outcome.kind === 'abrupt') {
    throw new StorageError(`${answer.host} ended the copy without saying how it went`, {
      side: active,
      phase: 'copy',
      class: 'interrupted',
      host: answer.host,
      httpStatus: answer.status,
    });
  }
  if (outcome.kind === 'aborted') {
    throw new StorageError(`${answer.host} aborted the copy: ${outcome.text.slice(0, 200)}`, {
      side: active,
      phase: 'copy',
      class: 'aborted',
      host: answer.host,
      body: outcome.text,
    });
  }
  const found = classOfCopyFailure(outcome.text, request.mode);
  const at =
    found.side === 'transfer'
      ? answer.host
      : httpUrl(found.side === 'source' ? request.source : request.destination).host;
  throw new StorageError(`${answer.host} says the copy failed: ${outcome.text.slice(0, 300)}`, {
    side: found.side,
    phase: 'copy',
    class: found.class,
    host: at,
    httpStatus: found.httpStatus,
    body: outcome.text,
  });
};
