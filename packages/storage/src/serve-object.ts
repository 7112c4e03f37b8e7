import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { fail } from '@leman/contracts';
import { requireRight, requireStat } from './authorize.ts';
import { type ByteRange, readRanges } from './byte-ranges.ts';
import { checksumOf } from './checksum.ts';
import { isRangeWanted, isUnchanged } from './conditions.ts';
import type { StorageContext } from './context.ts';
import { adler32Headers, wantsAdler32 } from './digests.ts';
import { type Exchange, sendText } from './exchange.ts';
import {
  absoluteOf,
  childPath,
  type Entry,
  etagOf,
  hasRealParent,
  isCode,
  isOwn,
  lookUp,
} from './namespace.ts';
import { readFile } from './read-file.ts';

/** Objects up to this size are read in one step: 20 µs of CPU instead of 80. */
const AT_ONCE_BYTES = 1024 * 1024;
const BOUNDARY = 'leman-part-of-the-object';

/** Writes to an answer; resolves when the bytes went to the kernel, rejects when the client went away. */
const sinkOf =
  (response: ServerResponse) =>
  (chunk: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error('the client closed the connection'));
      if (response.destroyed) return gone();
      response.once('close', gone);
      response.write(chunk, (error) => {
        response.off('close', gone);
        if (error) reject(error);
        else resolve();
      });
    });

const describe = (entry: Entry): Record<string, string> => ({
  'Accept-Ranges': 'bytes',
  ETag: etagOf(entry.stat),
  'Last-Modified': entry.stat.mtime.toUTCString(),
});

/** Opens what is at a path. What is opened counts from then on, whatever happens to the name. @throws NotFound 404 */
const openEntry = (context: StorageContext, path: string): { handle: number; entry: Entry } => {
  const absolute = absoluteOf(context, path);
  const missing = () => fail('NotFound', `There is nothing at ${path}.`);
  let handle: number;
  try {
    // Not to wait for the other end, should it be a pipe.
    handle = openSync(absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')) throw missing();
    throw error;
  }
  try {
    const stat = fstatSync(handle);
    if ((!stat.isFile() && !stat.isDirectory()) || !hasRealParent(context, absolute)) throw missing();
    return { handle, entry: { path, absolute, stat } };
  } catch (error) {
    closeSync(handle);
    throw error;
  }
};

const sendBytes = async (
  context: StorageContext,
  response: ServerResponse,
  handle: number,
  range: ByteRange,
): Promise<void> => {
  const length = range.last - range.first + 1;
  await readFile(context, handle, { position: range.first, length }, sinkOf(response));
};

const sendRanges = async (
  context: StorageContext,
  { response }: Exchange,
  handle: number,
  size: number,
  ranges: readonly ByteRange[],
  headers: Record<string, string>,
): Promise<void> => {
  const [only] = ranges;
  if (!only) {
    return sendText(response, 416, '', { ...headers, 'Content-Range': `bytes */${size}` });
  }
  if (ranges.length === 1) {
    response.writeHead(206, {
      'Content-Type': 'application/octet-stream',
      ...headers,
      'Content-Range': `bytes ${only.first}-${only.last}/${size}`,
      'Content-Length': String(only.last - only.first + 1),
    });
    await sendBytes(context, response, handle, only);
    response.end();
    return;
  }
  const heads = ranges.map(({ first, last }) =>
    Buffer.from(
      `\r\n--${BOUNDARY}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${first}-${last}/${size}\r\n\r\n`,
    ),
  );
  const tail = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
  const length = ranges.reduce(
    (sum, { first, last }, at) => sum + heads[at]!.length + last - first + 1,
    tail.length,
  );
  response.writeHead(206, {
    ...headers,
    'Content-Type': `multipart/byteranges; boundary=${BOUNDARY}`,
    'Content-Length': String(length),
  });
  for (const [at, range] of ranges.entries()) {
    response.write(heads[at]);
    await sendBytes(context, response, handle, range);
  }
  response.end(tail);
};

const sendFile = async (
  context: StorageContext,
  exchange: Exchange,
  handle: number,
  entry: Entry,
): Promise<void> => {
  const { request, response } = exchange;
  const { size } = entry.stat;
  const headers = describe(entry);
  if (isUnchanged(request.headers, entry)) return sendText(response, 304, '', headers);
  if (wantsAdler32(request.headers)) Object.assign(headers, adler32Headers(await checksumOf(context, entry)));
  const ranges = isRangeWanted(request.headers, entry) ? readRanges(request.headers.range, size) : undefined;
  if (ranges) return sendRanges(context, exchange, handle, size, ranges, headers);
  const whole = { 'Content-Type': 'application/octet-stream', ...headers, 'Content-Length': String(size) };
  if (size <= AT_ONCE_BYTES && !context.pace.isSlow()) {
    const content = Buffer.allocUnsafe(size);
    const count = size > 0 ? context.pace.atOnce(() => readSync(handle, content, 0, size, 0)) : 0;
    if (count < size)
      throw fail('ResourceTemporaryUnavailable', 'The file changed while it was read. Try again.');
    await context.throttle.pass(size);
    context.traffic.out(size);
    response.writeHead(200, whole);
    response.end(content);
    return;
  }
  response.writeHead(200, whole);
  if (size > 0) await sendBytes(context, response, handle, { first: 0, last: size - 1 });
  response.end();
};

/** Names in a directory, one per line, directories with a slash: for people with curl; programs use PROPFIND. */
const sendNames = async ({ request, response }: Exchange, entry: Entry): Promise<void> => {
  response.writeHead(200, {
    'Content-Type': 'text/plain; charset=utf-8',
    ...(request.method === 'HEAD' ? { 'Content-Length': '0' } : {}),
  });
  if (request.method !== 'HEAD') {
    for await (const child of await opendir(entry.absolute)) {
      if (isOwn(childPath(entry.path, child.name))) continue;
      if (!response.write(`${child.name}${child.isDirectory() ? '/' : ''}\n`)) {
        await new Promise<void>((resolve) => {
          response.once('drain', resolve).once('close', resolve);
        });
      }
      if (response.destroyed) return;
    }
  }
  response.end();
};

/**
 * HEAD and GET. Any right on a path allows HEAD; a directory that is there answers HEAD to every valid token, because
 * clients of the field ask for the prefix before they do anything.
 */
export const serveObject = async (context: StorageContext, exchange: Exchange): Promise<void> => {
  const { request, response, claims, path } = exchange;
  if (request.method === 'GET') {
    requireRight(claims, 'read', path);
    const { handle, entry } = openEntry(context, path);
    try {
      return await (entry.stat.isDirectory()
        ? sendNames(exchange, entry)
        : sendFile(context, exchange, handle, entry));
    } finally {
      closeSync(handle);
    }
  }
  const entry = lookUp(context, path);
  if (entry?.stat.isDirectory()) return sendNames(exchange, entry);
  requireStat(claims, path);
  if (!entry) throw fail('NotFound', `There is nothing at ${path}.`);
  const headers = describe(entry);
  if (isUnchanged(request.headers, entry)) return sendText(response, 304, '', headers);
  if (wantsAdler32(request.headers)) Object.assign(headers, adler32Headers(await checksumOf(context, entry)));
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    ...headers,
    'Content-Length': String(entry.stat.size),
  });
  response.end();
};
