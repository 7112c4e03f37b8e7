import { fail } from '@leman/contracts';
import { encodePath } from '@leman/tokens';
import { requireRight } from './authorize.ts';
import type { StorageContext } from './context.ts';
import { type Exchange, sendText } from './exchange.ts';
import { requireEntry } from './namespace.ts';
import { readBody } from './read-body.ts';
import { escapeXml, parseXml } from './xml.ts';

/**
 * PROPPATCH (RFC 4918 9.2). Properties of objects are facts, and metadata belongs in the catalogue: every change is
 * refused, property by property, in a 207.
 */
export const refuseProperties = async (context: StorageContext, exchange: Exchange): Promise<void> => {
  const { response, claims, path } = exchange;
  requireRight(claims, 'modify', path);
  requireEntry(context, path);
  const root = parseXml(await readBody(exchange));
  if (root.namespace !== 'DAV:' || root.name !== 'propertyupdate')
    throw fail('InvalidValueForKey', 'The body must be a DAV: propertyupdate.');
  const names = root.children
    .flatMap((change) => change.children.flatMap((prop) => prop.children))
    .map(({ namespace, name }) => `<${name} xmlns="${escapeXml(namespace)}"/>`)
    .join('');
  const body =
    '<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">' +
    `<D:response><D:href>${escapeXml(encodePath(path))}</D:href><D:propstat><D:prop>${names}</D:prop>` +
    '<D:status>HTTP/1.1 403 Forbidden</D:status></D:propstat></D:response></D:multistatus>\n';
  sendText(response, 207, body, { 'Content-Type': 'application/xml; charset=utf-8' });
};
