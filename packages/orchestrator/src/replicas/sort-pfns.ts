import { fail } from '@leman/contracts';
import type { RseDirectory } from '../rses/rse-directory.ts';
import type { Pfn } from './doors.ts';

export interface ClientLocation {
  ip: string;
  site: string | undefined;
  latitude: number | undefined;
  longitude: number | undefined;
}

export type SortAlgorithm = 'geoip' | 'custom_table' | 'random';

/** @throws SortingAlgorithmNotSupported */
export const checkSort = (value: unknown, status = 400): SortAlgorithm => {
  if (value === undefined || value === null || value === '') return 'geoip';
  if (value === 'geoip' || value === 'custom_table' || value === 'random') return value;
  throw fail(
    'SortingAlgorithmNotSupported',
    `Sorting algorithm ${JSON.stringify(String(value).slice(0, 60))} is not supported. Use geoip, custom_table or random.`,
    { status },
  );
};

const EARTH_KM = 6371;
const radians = (degrees: number) => (degrees * Math.PI) / 180;
const greatCircle = (
  fromLatitude: number,
  fromLongitude: number,
  toLatitude: number,
  toLongitude: number,
): number => {
  const [a, b] = [radians(fromLatitude), radians(toLatitude)];
  const half =
    Math.sin((b - a) / 2) ** 2 +
    Math.cos(a) * Math.cos(b) * Math.sin(radians(toLongitude - fromLongitude) / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(half));
};

/**
 * How far an RSE is from the client: by the coordinates of both, else by the distances between the RSEs of the
 * client's site and it; unknown is far.
 */
const createDistance = (directory: RseDirectory, client: ClientLocation) => {
  const known = new Map<string, number>();
  const home =
    client.site === undefined
      ? []
      : directory.all.filter((rse) => rse.attributes.get('site') === client.site);
  return (pfn: Pfn): number => {
    const { rse } = pfn;
    let distance = known.get(rse.id);
    if (distance === undefined) {
      if (
        client.latitude !== undefined &&
        client.longitude !== undefined &&
        rse.latitude !== null &&
        rse.longitude !== null
      ) {
        distance = greatCircle(client.latitude, client.longitude, rse.latitude, rse.longitude);
      } else if (home.some((own) => own.id === rse.id)) distance = 0;
      else distance = Math.min(...home.map((own) => directory.distance(rse.id, own.id) ?? 1e9), 1e9);
      known.set(rse.id, distance);
    }
    return distance;
  };
};

const domainOrder: Readonly<Record<Pfn['domain'], number>> = { lan: 0, wan: 1, zip: 2 };
const byPriority = (a: Pfn, b: Pfn) =>
  domainOrder[a.domain] - domainOrder[b.domain] || a.priority - b.priority || (a.pfn < b.pfn ? -1 : 1);

/**
 * Sorts the URLs of a file as clients should try them: lan by the protocols' priority, then the others by the
 * algorithm, and cuts the list. The priorities are numbered anew from 1. The order is stable for the same client.
 */
export const createSorter = (
  directory: RseDirectory,
  client: ClientLocation,
  algorithm: SortAlgorithm,
  limit: number | undefined,
) => {
  const distance = createDistance(directory, client);
  return (pfns: Pfn[]): Pfn[] => {
    if (pfns.length > 1) {
      pfns.sort(byPriority);
      const near = pfns.filter((pfn) => pfn.domain === 'lan');
      const far = pfns.filter((pfn) => pfn.domain !== 'lan');
      if (algorithm === 'random') {
        for (let last = far.length - 1; last > 0; last -= 1) {
          const other = Math.floor(Math.random() * (last + 1));
          [far[last], far[other]] = [far[other]!, far[last]!];
        }
      } else far.sort((a, b) => distance(a) - distance(b));
      pfns.splice(0, pfns.length, ...near, ...far);
    }
    if (limit !== undefined && pfns.length > limit) pfns.length = limit;
    for (let index = 0; index < pfns.length; index += 1) pfns[index]!.priority = index + 1;
    return pfns;
  };
};
