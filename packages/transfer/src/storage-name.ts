import { badRequest } from './http/fts-error.ts';

/**
 * The storage of a URL: `scheme://host:port`, the port as far as given. Limits, breakers and links go by it: two
 * storages on one host fail and fill each for itself.
 * @throws ValueError 400 for what no storage can be reached by
 */
export const storageOf = (url: string): string => {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/@]*@)?(\[[^\]]+\]|[^/:?#]+)(:\d+)?(\/[^\s]*)$/i.exec(url);
  if (!match) throw badRequest(`${url.slice(0, 200)} is not a URL with scheme, host and path.`);
  const scheme = match[1]!.toLowerCase();
  if (scheme === 'file')
    throw badRequest('The scheme file cannot be transferred. Give a URL that both storages can reach.');
  return `${scheme}://${match[2]!.toLowerCase()}${match[3] ?? ''}`;
};

/** The name of a storage on the wire: without port, as FTS has it. */
export const wireName = (se: string): string => se.replace(/:\d+$/, '');

/** What was set for a storage: for it alone, else for its host. */
export const ofStorage = <T>(settings: ReadonlyMap<string, T>, se: string): T | undefined =>
  settings.get(se) ?? settings.get(wireName(se));
