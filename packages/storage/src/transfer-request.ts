import { fail } from '@leman/contracts';
import type { Exchange } from './exchange.ts';

const STREAMS_AT_MOST = 100;
/** Headers that belong to a connection and to our own request; a client cannot set them for us. */
const ours = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'expect',
  'upgrade',
  'te',
  'trailer',
  'keep-alive',
  'range',
]);

/** `Authorization` however the client wrote it: XRootD 5 tells upper from lower case in the names of headers. */
const headerName = (name: string): string =>
  name.toLowerCase().replace(/(^|-)[a-z]/g, (letters) => letters.toUpperCase());

/**
 * The headers that the client wants sent to the other side: `TransferHeader<Name>: value` and the older
 * `Copy-Header: Name: value`.
 * @throws InvalidValueForKey 400
 */
export const forwardedHeaders = ({ request }: Exchange): Record<string, string> => {
  const forwarded: Record<string, string> = {};
  const take = (name: string, value: string): void => {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e]/.test(value)) {
      throw fail('InvalidValueForKey', `The header ${name.slice(0, 40)} to forward is not a valid one.`);
    }
    if (!ours.has(name.toLowerCase())) forwarded[headerName(name)] = value;
  };
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const [name, value] = [request.rawHeaders[at]!, request.rawHeaders[at + 1]!];
    const match = /^transferheader(.+)$/i.exec(name);
    if (match) take(match[1]!.replace(/^-/, ''), value);
    if (name.toLowerCase() === 'copy-header') {
      const colon = value.indexOf(':');
      take(value.slice(0, Math.max(colon, 0)), value.slice(colon + 1).trim());
    }
  }
  return forwarded;
};

/** @throws InvalidValueForKey 400 for what a third-party copy cannot do here */
export const checkTransferHeaders = ({ request }: Exchange): void => {
  const credential = String(request.headers.credential ?? 'none').toLowerCase();
  if (credential !== 'none' && credential !== 'oidc') {
    throw fail(
      'InvalidValueForKey',
      'Credentials are not delegated here. Send Credential: none and TransferHeaderAuthorization.',
    );
  }
  const streams = String(request.headers['x-number-of-streams'] ?? '1');
  if (!/^\d+$/.test(streams) || Number(streams) > STREAMS_AT_MOST) {
    throw fail('InvalidValueForKey', `X-Number-Of-Streams must be a number from 0 to ${STREAMS_AT_MOST}.`);
  }
};
