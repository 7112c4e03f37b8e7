import { nameOf, replicaStates } from '@leman/contracts';
import { lookUpDids } from '../dids/find-dids.ts';
import { datasetsBelow } from '../dids/page-files.ts';
import type { Lake } from '../lake.ts';
import { resolveExpression } from '../rses/resolve-expression.ts';
import { rseDirectory } from '../rses/rse-directory.ts';
import { createDoors, type DoorOptions, type Pfn } from './doors.ts';
import {
  pageReplicas,
  parentsOfFiles,
  type ReplicaFilter,
  type ReplicaRow,
  replicasOfArchives,
  replicasOfFiles,
} from './replica-pages.ts';
import { type ClientLocation, createSorter, type SortAlgorithm } from './sort-pfns.ts';

export interface ReplicaListing extends DoorOptions {
  dids: readonly { scope: string; name: string }[];
  /** Copies of any state, and not only those that can be read. */
  allStates: boolean;
  /** Also copies that are unavailable or on their way. */
  unavailable: boolean;
  /** Also at RSEs that are closed for reading. */
  ignoreAvailability: boolean;
  rseExpression: string | undefined;
  resolveArchives: boolean;
  resolveParents: boolean;
  updatedAfter: Date | undefined;
  /** So many files, chosen at random. */
  nrandom: number | undefined;
  sort: SortAlgorithm;
  /** URLs per file. */
  limit: number | undefined;
  client: ClientLocation;
}

/** A file with its copies. */
export interface ListedFile {
  scope: string;
  name: string;
  bytes: number | null;
  adler32: string | null;
  md5: string | null;
  /** As clients should try them. */
  pfns: Pfn[];
  /** State by RSE name. */
  states: [rse: string, state: string][];
  parents?: string[];
}

const stateNames = new Map(
  Object.values(replicaStates).map((letter) => [letter as string, nameOf(replicaStates, letter)]),
);
const MAX_RANDOM = 10_000;

/**
 * Files with their copies and URLs, in batches, for DIDs of any type. Files asked for by name come even without a
 * copy, files of collections only with one; every file once. DIDs that do not exist give nothing. Memory is constant:
 * pages of 2,000 files, no connection held while the client reads.
 * @throws InvalidRSEExpression 400
 */
export async function* listReplicas(
  lake: Lake,
  listing: ReplicaListing,
): AsyncGenerator<ListedFile[], void, undefined> {
  const { sql } = lake;
  const directory = await rseDirectory(lake);
  const chosen = listing.rseExpression ? resolveExpression(directory, listing.rseExpression) : directory.all;
  const usable = listing.ignoreAvailability ? chosen : chosen.filter((rse) => rse.availability_read);
  const filter: ReplicaFilter = {
    states: listing.allStates ? undefined : listing.unavailable ? ['A', 'U', 'C'] : ['A'],
    rseIds: usable.map((rse) => rse.id),
    updatedAfter: listing.updatedAfter,
  };
  const doors = createDoors(lake, directory, listing);
  const sort = createSorter(directory, listing.client, listing.sort, listing.limit);

  const assemble = async (rows: readonly ReplicaRow[], keepEmpty: boolean): Promise<ListedFile[]> => {
    const inArchives = listing.resolveArchives
      ? rows.filter((row) => row.constituent).map((row) => row.id)
      : [];
    const archived = Map.groupBy(
      inArchives.length > 0 ? await replicasOfArchives(sql, [...new Set(inArchives)], filter) : [],
      (row) => row.child_id,
    );
    const parents = listing.resolveParents
      ? await parentsOfFiles(sql, [...new Set(rows.map((row) => row.id))])
      : undefined;
    const files: ListedFile[] = [];
    for (let at = 0; at < rows.length; ) {
      const { id, scope, name, bytes, adler32, md5 } = rows[at]!;
      const file: ListedFile = { scope, name, bytes, adler32, md5, pfns: [], states: [] };
      for (; at < rows.length && rows[at]!.id === id; at += 1) {
        const { rse_id, state, path } = rows[at]!;
        const rse = rse_id === null ? undefined : doors.rse(rse_id);
        if (!rse) continue;
        file.states.push([rse.rse, stateNames.get(state!)!]);
        doors.ofFile(rse.id, scope, name, path, file.pfns);
      }
      for (const archive of archived.get(id) ?? []) {
        const rse = doors.rse(archive.rse_id)!;
        if (!file.states.some(([known]) => known === rse.rse))
          file.states.push([rse.rse, stateNames.get(archive.state)!]);
        doors.ofArchive(rse.id, archive, name, file.pfns);
      }
      if (file.states.length === 0 && !keepEmpty) continue;
      sort(file.pfns);
      if (parents) file.parents = parents.get(id) ?? [];
      files.push(file);
    }
    return files;
  };

  const batches = async function* (): AsyncGenerator<ListedFile[], void, undefined> {
    const found = await lookUpDids(sql, listing.dids);
    const direct = [...new Set(found.filter((did) => did.did_type === 'F').map((did) => did.id))];
    if (direct.length > 0) yield await assemble(await replicasOfFiles(sql, direct, filter), true);
    const datasets = new Set<number>();
    for (const did of found) {
      if (did.did_type === 'D') datasets.add(did.id);
      else if (did.did_type === 'C') for (const id of await datasetsBelow(sql, did.id)) datasets.add(id);
    }
    const sorted = [...datasets].sort((a, b) => a - b);
    for await (const rows of pageReplicas(sql, sorted, direct, filter)) yield await assemble(rows, false);
  };

  if (!listing.nrandom) {
    yield* batches();
    return;
  }
  // Reservoir sampling: every file has the same chance, memory holds only the chosen.
  const wanted = Math.min(listing.nrandom, MAX_RANDOM);
  const sample: ListedFile[] = [];
  let seen = 0;
  for await (const files of batches()) {
    for (const file of files) {
      seen += 1;
      if (sample.length < wanted) sample.push(file);
      else {
        const place = Math.floor(Math.random() * seen);
        if (place < wanted) sample[place] = file;
      }
    }
  }
  if (sample.length > 0) yield sample;
}
