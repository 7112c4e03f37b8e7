import { fail } from '@leman/contracts';
import { mayOverwrite, requireRight } from './authorize.ts';
import { requireConditions } from './conditions.ts';
import type { StorageContext } from './context.ts';
import { adler32Headers, readDigests } from './digests.ts';
import { type Exchange, letBodyCome, sendText } from './exchange.ts';
import { absoluteOf, etagOf, lookUp, nearestDirectory } from './namespace.ts';
import { receiveObject } from './receive-object.ts';

/**
 * PUT. Everything that can be refused is refused before the client is told to send. Answers 201 for new and replaced
 * objects alike: clients of the field take nothing else.
 * @throws AccessDenied 403, FileConsistencyMismatch 412, InvalidPath 400, MethodNotAllowed 405,
 * ResourceTemporaryUnavailable 507
 */
export const putObject = async (context: StorageContext, exchange: Exchange): Promise<void> => {
  const { request, response, claims, path } = exchange;
  const { headers } = request;
  requireRight(claims, 'create', path);
  if (headers['content-range'])
    throw fail('InvalidValueForKey', 'Parts of an object cannot be written. Send the whole object.');
  const present = lookUp(context, path);
  if (exchange.namesDirectory || present?.stat.isDirectory())
    throw fail('MethodNotAllowed', `${path} names a directory. Choose another name.`);
  requireConditions(headers, present);
  const mustBeNew = headers['if-none-match'] === '*' || !mayOverwrite(claims, path);
  if (present && mustBeNew) {
    throw fail(
      'AccessDenied',
      `There is something at ${path} already, and the token does not allow to modify it.`,
      { status: 403 },
    );
  }
  const expected = readDigests(headers);
  const size = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  nearestDirectory(absoluteOf(context, path));
  const incoming = receiveObject(context, { path, size, expected });
  try {
    letBodyCome(exchange);
    // The request must live on when this fails, or the client would never see why.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      await context.throttle.pass(chunk.length);
      await incoming.write(chunk);
    }
    if (!request.complete)
      throw fail('ResourceTemporaryUnavailable', 'The connection ended before the object did.');
    const { adler32, stat } = await incoming.publish({ mustBeNew });
    sendText(response, 201, '', { ETag: etagOf(stat), ...adler32Headers(adler32) });
  } finally {
    await incoming.close();
  }
};
