import { dirname } from 'node:path';
import { fail } from '@leman/contracts';
import { pathOfUrl } from '@leman/tokens';
import type { StorageContext } from './context.ts';
import type { Exchange } from './exchange.ts';
import { type Entry, lookUp } from './namespace.ts';

/** Whether a URL (or an absolute path) names this storage. */
export const isOwnUrl = (context: StorageContext, { request }: Exchange, url: string): boolean => {
  if (url.startsWith('/')) return true;
  const authority = /^(?:https?|davs?):\/\/([^/]+)/i.exec(url)?.[1]?.toLowerCase();
  return (
    authority !== undefined &&
    (authority === request.headers.host?.toLowerCase() || context.authorities.has(authority))
  );
};

/** The path in the Destination header of a COPY or MOVE within this storage. @throws InvalidPath 400 */
export const destinationPath = (destination: string): string =>
  pathOfUrl(destination.replace(/^[a-z]+:\/\/[^/]*/i, '').split(/[?#]/)[0] || '/');

export const overwriteAllowed = ({ request }: Exchange): boolean =>
  String(request.headers.overwrite ?? 'T').toUpperCase() !== 'F';

/**
 * What is at the destination of a COPY or MOVE, after the checks both share (RFC 4918 9.8, 9.9).
 * @throws AccessDenied 403 onto or into itself, InvalidPath 409 without parent, FileAlreadyExists 412
 */
export const requireDestination = (
  context: StorageContext,
  exchange: Exchange,
  source: Entry,
  to: string,
): Entry | undefined => {
  const from = source.path;
  if (
    to === from ||
    to.startsWith(`${from === '/' ? '' : from}/`) ||
    from.startsWith(`${to === '/' ? '' : to}/`)
  ) {
    throw fail(
      'AccessDenied',
      'Source and destination are one, or one lies in the other. Choose another destination.',
      { status: 403 },
    );
  }
  if (!lookUp(context, dirname(to))?.stat.isDirectory()) {
    throw fail('InvalidPath', `There is no directory ${dirname(to)}. Make it first.`, { status: 409 });
  }
  const present = lookUp(context, to);
  if (present && !overwriteAllowed(exchange)) {
    throw fail('FileAlreadyExists', `There is something at ${to} already, and overwriting was forbidden.`, {
      status: 412,
    });
  }
  return present;
};
