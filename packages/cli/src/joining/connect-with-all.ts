import { type Client, collect } from '@leman/client';
import { inParallel } from '../in-parallel.ts';
import { unlessThere } from '../lake/unless-there.ts';

const SAME_SITE = 1;
const OTHER_SITE = 2;
const AT_ONCE = 4;

/** Distances of an RSE from and to others, nearer within its site. Those that are there already stay. */
export const connectWithAll = async (
  client: Client,
  { rse, site }: { rse: string; site: string | number | boolean | undefined },
  others: Iterable<string>,
): Promise<void> => {
  const near = new Set(
    site === undefined ? [] : (await collect(client.rses.list(`site=${site}`))).map((one) => one.rse),
  );
  await inParallel(others, AT_ONCE, async (other) => {
    const distance = near.has(other) ? SAME_SITE : OTHER_SITE;
    await unlessThere(client.rses.setDistance(rse, other, distance));
    await unlessThere(client.rses.setDistance(other, rse, distance));
  });
};
