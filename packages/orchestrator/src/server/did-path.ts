/**
 * Names may hold slashes. The clients send them as %2F, which routing keeps inside one segment; people and some tools
 * send them raw. This rewrites a raw path so that scope and name are one segment each, and a keyword at the end
 * (`/meta`, `/files`, ...) stays one. Reference: Rucio REST contract 1.1.
 */
const keywords: Record<string, RegExp> = {
  dids: /\/(associated_rules|dids\/history|dids\/search|dids|files|follow|meta(?:\/[^/]+)?|parents|rules|status)$/,
  replicas: /\/(datasets|datasets_vp)$/,
  rules: /\/history$/,
  locks: /$^/,
  archives: /\/files$/,
  redirect: /\/metalink$/,
  // the storage
  requests: /\/[^/]+$/,
  'requests/history': /\/[^/]+$/,
};
const fixed =
  /^\/(dids\/(new|bulkfiles|bulkmeta|bulkdidsmeta|attachments|resurrect|sample)|replicas\/(list|bad|suspicious|rse|dids|datasets_bulk|quarantine|tombstone)|locks\/bulk_locks_for_dids|requests\/(history\/)?(list|metrics|queue|transfer_limits))(\/|$)/;

/** POST /dids/<scope>/<name>/<scope>/<name>/<files>/sample names two DIDs. */
const twoNames = /^\/dids(\/[^/]+){4}\/[^/]+\/sample$/;

/** The URL with raw slashes of a name encoded. Leaves everything else as it is. */
export const encodeNameSlashes = (url: string): string => {
  const question = url.indexOf('?');
  const path = (question < 0 ? url : url.slice(0, question)).replace(/\/{2,}/g, '/').replace(/\/$/, '');
  const room = /^\/(dids|replicas|rules|locks|archives|redirect|requests\/history|requests)\//.exec(
    path,
  )?.[1];
  if (!room || path.split('/').length < 5 || fixed.test(path) || twoNames.test(path)) return url;
  const match = /^\/([^/]+)\/(.+)$/.exec(path.slice(room.length + 1));
  if (!match) return url;
  const [, scope, rest] = match as unknown as [string, string, string];
  if (room === 'rules' && !rest.endsWith('/history')) return url;
  const keyword = keywords[room]!.exec(`/${rest}`)?.[0] ?? '';
  if (keyword.length > rest.length) return url;
  const name = rest.slice(0, rest.length - keyword.length).replace(/\/$/, '');
  if (!name.includes('/')) return url;
  return `/${room}/${scope}/${name.replaceAll('/', '%2F')}${keyword}${question < 0 ? '' : url.slice(question)}`;
};
