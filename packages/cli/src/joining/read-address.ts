import type { RseProtocol } from '@leman/client';
import { CommandError } from '../exit-codes.ts';

const defaultPorts: Readonly<Record<string, number>> = { davs: 443, https: 443, dav: 80, http: 80 };
const isSecure = (scheme: string): boolean => scheme === 'davs' || scheme === 'https';

/** The URL below which an RSE keeps its files by this protocol; ends in a slash. */
export const addressOf = ({ scheme, hostname, port, prefix }: RseProtocol): string =>
  `${scheme}://${hostname}${port === 0 ? '' : `:${port}`}${prefix}`;

/** `https://host:port`: the audience of the lake's tokens for a storage. */
export const audienceOf = ({ hostname, port }: RseProtocol): string => `https://${hostname}:${port}`;

/**
 * The protocol of an RSE whose files lie below a URL: open for everything, within the site, from outside, and for
 * third-party copies.
 * @param scheme what the catalogue calls it instead of the scheme of the URL
 * @throws CommandError usage
 */
export const readAddress = (text: string, scheme?: string): RseProtocol => {
  const url = URL.parse(text);
  const given = url?.protocol.slice(0, -1) ?? '';
  const wrong = (why: string) =>
    new CommandError('usage', `"${text}" ${why}. Write it like davs://storage.example.org:443/lake/.`);
  if (!url || !(given in defaultPorts) || url.hostname === '') throw wrong('is no address of a web storage');
  if (url.username || url.password) throw wrong('holds a password');
  if (url.search || url.hash || url.pathname.includes('%'))
    throw wrong('is more than scheme, host, port and plain path');
  if (scheme !== undefined && !(scheme in defaultPorts)) {
    throw new CommandError('usage', `--scheme must be davs or https, not "${scheme}".`);
  }
  const named = scheme ?? given;
  if (isSecure(named) !== isSecure(given))
    throw wrong(`cannot be called ${named}: one is encrypted, one is not`);
  return {
    scheme: named,
    hostname: url.hostname.toLowerCase(),
    port: url.port === '' ? defaultPorts[given]! : Number(url.port),
    prefix: `${url.pathname.replace(/\/+$/, '')}/`.replaceAll(/\/{2,}/g, '/'),
    // Tokens are for the final name of a file; nothing is renamed after an upload.
    impl: 'rucio.rse.protocols.webdav.NoRename',
    domains: {
      lan: { read: 1, write: 1, delete: 1 },
      wan: { read: 1, write: 1, delete: 1, third_party_copy_read: 1, third_party_copy_write: 1 },
    },
    extended_attributes: null,
  };
};
