import { fail, letterOf, requestStates } from '@leman/contracts';
import { findRse } from '../rses/find-rse.ts';
import type { Rse, RseDirectory } from '../rses/rse-directory.ts';
import { queryText } from '../server/parameters.ts';
import type { RequestFilter } from './list-requests.ts';

const rsesOfSite = (directory: RseDirectory, site: string): Rse[] => {
  const found = directory.all.filter((rse) => rse.attributes.get('site') === site);
  if (found.length === 0) {
    throw fail(
      'NotFound',
      `Could not resolve site name ${site} to RSE. Sites are the values of the RSE attribute site.`,
    );
  }
  return found;
};

const missing = (what: string) => fail('MissingParameter', `${what} is missing`);

/**
 * Reads src_rse/dst_rse or src_site/dst_site, and request_states, as the field does.
 * @throws MissingParameter, ValueError 400; NotFound, RSENotFound 404
 */
export const readFilter = (directory: RseDirectory, query: unknown): RequestFilter => {
  const [sourceRse, destinationRse] = [queryText(query, 'src_rse'), queryText(query, 'dst_rse')];
  const [sourceSite, destinationSite] = [queryText(query, 'src_site'), queryText(query, 'dst_site')];
  const stateText = queryText(query, 'request_states');
  if (!stateText) throw missing('Request state');
  if (sourceRse && !destinationRse) throw missing('Destination RSE');
  if (destinationRse && !sourceRse) throw missing('Source RSE');
  if (sourceSite && !destinationSite) throw missing('Destination site');
  if (destinationSite && !sourceSite) throw missing('Source site');
  if (!sourceRse && !sourceSite) throw missing('Source RSE or source site');
  const states = stateText.split(',').map((text) => {
    const letter = letterOf(requestStates, text.trim());
    if (!letter) {
      throw fail(
        'ValueError',
        `Request state value is invalid: '${text.slice(0, 40)}'. Use letters such as Q, S, D, F.`,
      );
    }
    return letter;
  });
  const [sources, destinations] = sourceSite
    ? [rsesOfSite(directory, sourceSite), rsesOfSite(directory, destinationSite!)]
    : [[findRse(directory, sourceRse!)], [findRse(directory, destinationRse!)]];
  return { sources: sources.map((rse) => rse.id), destinations: destinations.map((rse) => rse.id), states };
};
