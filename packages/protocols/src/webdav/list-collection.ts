import type { IncomingMessage } from 'node:http';
import type { ListEntry } from '../storage-protocol.ts';
import { httpUrl } from './http-client.ts';

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const unescapeXml = (text: string): string =>
  text.replaceAll(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name: string) => {
    if (name.startsWith('#')) {
      const code =
        name[1]?.toLowerCase() === 'x'
          ? Number.parseInt(name.slice(2), 16)
          : Number.parseInt(name.slice(1), 10);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    }
    return entities[name.toLowerCase()] ?? whole;
  });

/** Text of the first element of a local name, whatever its prefix; undefined when there is none or it is empty. */
export const elementText = (xml: string, name: string): string | undefined => {
  const match = new RegExp(`<(?:[\\w-]+:)?${name}(?:\\s[^>]*)?>([^<]*)<`, 'i').exec(xml);
  const text = match?.[1]?.trim();
  return text ? unescapeXml(text) : undefined;
};

const RESPONSE = /<([\w-]+:)?response[\s>][\s\S]*?<\/\1?response\s*>/i;
const RESPONSE_LIMIT = 256 * 1024;

/** The `response` elements of a multistatus body, one after the other, without holding the body. */
export const responseElements = async function* (body: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  body.setEncoding('utf8');
  for await (const text of body as AsyncIterable<string>) {
    rest += text;
    let from = 0;
    for (;;) {
      const match = RESPONSE.exec(rest.slice(from));
      if (!match) break;
      yield match[0];
      from += match.index + match[0].length;
    }
    rest = rest.slice(from);
    if (rest.length > RESPONSE_LIMIT)
      throw new RangeError('a response element of a listing is longer than 256 KiB');
  }
};

const withoutSlash = (path: string) => path.replace(/\/+$/, '');
const decoded = (text: string) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** One entry of a depth 1 listing; undefined for the collection itself. */
export const listEntry = (xml: string, collection: string): ListEntry | undefined => {
  const href = elementText(xml, 'href');
  if (href === undefined) return undefined;
  const base = httpUrl(collection);
  const path = href.startsWith('/') ? href : new URL(href, base).pathname;
  const clean = withoutSlash(decoded(path).replaceAll(/\/+/g, '/'));
  if (clean === withoutSlash(decoded(base.pathname).replaceAll(/\/+/g, '/'))) return undefined;
  const name = clean.slice(clean.lastIndexOf('/') + 1);
  const size = elementText(xml, 'getcontentlength');
  const modified = Date.parse(elementText(xml, 'getlastmodified') ?? '');
  return {
    url: `${withoutSlash(collection)}/${encodeURIComponent(name)}`,
    name,
    directory:
      /<(?:[\w-]+:)?collection[\s/>]/i.test(xml) ||
      /<(?:[\w-]+:)?iscollection>\s*(1|true)/i.test(xml) ||
      (path.endsWith('/') && path !== '/'),
    size: size === undefined ? undefined : Number(size),
    modifiedAt: Number.isNaN(modified) ? undefined : new Date(modified),
  };
};
