import { opendir } from 'node:fs/promises';
import { fail } from '@leman/contracts';
import { encodePath } from '@leman/tokens';
import { requireRight, requireStat } from './authorize.ts';
import type { StorageContext } from './context.ts';
import { type Exchange, sendText } from './exchange.ts';
import { childPath, type Entry, etagOf, isOwn, lookUp } from './namespace.ts';
import { readBody } from './read-body.ts';
import { escapeXml, parseXml } from './xml.ts';

interface PropertyName {
  namespace: string;
  name: string;
}

/** What a PROPFIND asks for: values of all usual properties, of the named ones, or only the names. */
type Question =
  | { kind: 'all' | 'names'; names: readonly PropertyName[] }
  | { kind: 'named'; names: readonly PropertyName[] };

const DAV = 'DAV:';
const WRITE_FROM_CHARACTERS = 64 * 1024;

const live: Record<string, (context: StorageContext, entry: Entry) => string | undefined> = {
  resourcetype: (_context, { stat }) => (stat.isDirectory() ? '<D:collection/>' : ''),
  getcontentlength: (_context, { stat }) => (stat.isFile() ? String(stat.size) : undefined),
  getlastmodified: (_context, { stat }) => stat.mtime.toUTCString(),
  creationdate: (_context, { stat }) => stat.birthtime.toISOString(),
  getetag: (_context, { stat }) => (stat.isFile() ? escapeXml(etagOf(stat)) : undefined),
  getcontenttype: (_context, { stat }) => (stat.isFile() ? 'application/octet-stream' : undefined),
  displayname: (_context, { path }) => escapeXml(path.slice(path.lastIndexOf('/') + 1)),
  // RFC 4331: on directories, and not in a plain allprop.
  'quota-used-bytes': (context, { stat }) =>
    stat.isDirectory() ? String(context.space.report().used) : undefined,
  'quota-available-bytes': (context, { stat }) =>
    stat.isDirectory() ? String(context.space.report().available) : undefined,
};
const all = Object.keys(live).map((name) => ({ namespace: DAV, name }));
const usual = all.filter(({ name }) => !name.startsWith('quota-'));

const readQuestion = (body: string, isListing: boolean): Question => {
  // Rucio asks for the space with an empty body, and reads it from the first response.
  if (!body.trim()) return { kind: 'all', names: isListing ? usual : all };
  const root = parseXml(body);
  if (root.namespace !== DAV || root.name !== 'propfind')
    throw fail('InvalidValueForKey', 'The body must be a DAV: propfind.');
  const child = (name: string) =>
    root.children.find((element) => element.namespace === DAV && element.name === name);
  if (child('propname')) return { kind: 'names', names: all };
  const named = child('prop');
  if (named) return { kind: 'named', names: named.children };
  if (child('allprop')) return { kind: 'all', names: usual };
  throw fail('InvalidValueForKey', 'A propfind must hold prop, allprop or propname.');
};

const tag = ({ namespace, name }: PropertyName, content: string): string =>
  namespace === DAV
    ? `<D:${name}>${content}</D:${name}>`
    : `<${name} xmlns="${escapeXml(namespace)}">${content}</${name}>`;

const propstat = (properties: string, status: string): string =>
  `<D:propstat><D:prop>${properties}</D:prop><D:status>HTTP/1.1 ${status}</D:status></D:propstat>`;

/** The href is an absolute path as it is stored: clients compare it letter by letter. */
const describe = (context: StorageContext, entry: Entry, question: Question): string => {
  const slash = entry.stat.isDirectory() && entry.path !== '/' ? '/' : '';
  let found = '';
  let missing = '';
  for (const property of question.names) {
    const value =
      property.namespace === DAV && Object.hasOwn(live, property.name)
        ? live[property.name]!(context, entry)
        : undefined;
    if (value !== undefined) found += tag(property, question.kind === 'names' ? '' : value);
    else if (question.kind === 'named') missing += tag(property, '');
  }
  const parts =
    (found || !missing ? propstat(found, '200 OK') : '') +
    (missing ? propstat(missing, '404 Not Found') : '');
  return `<D:response><D:href>${escapeXml(encodePath(entry.path))}${slash}</D:href>${parts}</D:response>\n`;
};

/**
 * PROPFIND of depth 0 and 1 (RFC 4918 9.1). Any right on a path allows to look at it, a directory that is there shows
 * itself to every valid token; listing what is in it takes the right to read it. Streams: a directory may be large.
 * @throws AccessDenied 403, also for depth infinity; NotFound 404
 */
export const listProperties = async (context: StorageContext, exchange: Exchange): Promise<void> => {
  const { request, response, claims, path } = exchange;
  const depth = String(request.headers.depth ?? 'infinity').toLowerCase();
  if (!['0', '1', 'infinity'].includes(depth))
    throw fail('InvalidValueForKey', 'PROPFIND knows the depths 0 and 1.');
  const entry = lookUp(context, path);
  const isDirectory = entry?.stat.isDirectory() ?? false;
  if (!isDirectory) requireStat(claims, path);
  const question = readQuestion(await readBody(exchange), depth === '1');
  if (!entry) throw fail('NotFound', `There is nothing at ${path}.`);
  if (depth === 'infinity') {
    const body =
      '<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>\n';
    return sendText(response, 403, body, { 'Content-Type': 'application/xml; charset=utf-8' });
  }
  const isListing = isDirectory && depth === '1';
  if (isListing) requireRight(claims, 'read', path);
  response.writeHead(207, { 'Content-Type': 'application/xml; charset=utf-8' });
  let text = `<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">\n${describe(context, entry, question)}`;
  if (isListing) {
    for await (const { name } of await opendir(entry.absolute, { bufferSize: 256 })) {
      const below = childPath(path, name);
      const child = isOwn(below) ? undefined : lookUp(context, below);
      if (child) text += describe(context, child, question);
      if (text.length >= WRITE_FROM_CHARACTERS) {
        const isFlowing = response.write(text);
        text = '';
        if (!isFlowing) {
          await new Promise<void>((resolve) => {
            response.once('drain', resolve).once('close', resolve);
          });
        }
      }
      if (response.destroyed) return;
    }
  }
  response.end(`${text}</D:multistatus>\n`);
};
