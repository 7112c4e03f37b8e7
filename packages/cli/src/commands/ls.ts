import type { Client, DidSearch } from '@leman/client';
import { FieldError } from '@leman/contracts';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { inParallel } from '../in-parallel.ts';
import { paint } from '../terminal/paint.ts';
import { sayBytes, sayCount } from '../terminal/units.ts';
import { readDid, readValue, sayDid } from '../words.ts';

interface Options {
  type: string;
  filter: string[];
  limit?: number;
}
interface Row {
  scope: string;
  name: string;
  type: string;
  bytes?: number | null;
  length?: number | null;
}

const types = ['all', 'file', 'dataset', 'container', 'collection'];
const comparisons: Record<string, string> = {
  '>=': '.gte',
  '<=': '.lte',
  '>': '.gt',
  '<': '.lt',
  '!=': '.ne',
  '=': '',
};

/** `length>=3` as the field's filter `{ 'length.gte': 3 }`. */
const readFilters = (words: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    words.map((word) => {
      const [, key, sign, value] = /^([\w.-]+?)(>=|<=|!=|=|>|<)(.*)$/.exec(word) ?? [];
      if (key === undefined)
        throw new CommandError('usage', `"${word}" is no filter. Write KEY=VALUE or KEY>NUMBER.`);
      return [`${key}${comparisons[sign!]}`, readValue(value!)];
    }),
  );

async function* only(rows: AsyncIterable<Row>, options: Options): AsyncGenerator<Row> {
  let count = 0;
  for await (const row of rows) {
    const kind = row.type.toLowerCase();
    const fits =
      options.type === 'all' || kind === options.type || (options.type === 'collection' && kind !== 'file');
    if (!fits) continue;
    yield row;
    if (++count === options.limit) return;
  }
}

const AT_ONCE = 200;
/** Collections that are counted one by one, in a whole listing. */
const COUNTED_ALONE = 100;
const CALLS_AT_ONCE = 8;

const lacksFigures = ({ type, length }: Row): boolean => type !== 'FILE' && (length ?? null) === null;

/**
 * Collections that still take something have no figures of their own: files and bytes below them are counted now.
 * Datasets with copies 200 in a call; containers and the other datasets one by one, the first 100 of a listing.
 * @param onLeft called when some are left uncounted
 */
async function* counted(client: Client, rows: AsyncIterable<Row>, onLeft: () => void): AsyncGenerator<Row> {
  let alone = COUNTED_ALONE;
  let batch: Row[] = [];
  const fill = async (): Promise<Row[]> => {
    const found = new Map<string, Pick<Row, 'length' | 'bytes'>>();
    const open = batch.filter((row) => row.type === 'DATASET' && lacksFigures(row));
    if (open.length > 0) {
      const dids = open.map(({ scope, name }) => ({ scope, name }));
      for await (const copy of client.replicas.ofDatasets(dids)) found.set(sayDid(copy), copy);
    }
    const others = batch.filter((row) => lacksFigures(row) && !found.has(sayDid(row)));
    if (others.length > alone) onLeft();
    const asked = others.slice(0, alone);
    alone -= asked.length;
    await inParallel(asked, CALLS_AT_ONCE, async (row) => {
      const did = await client.dids.getCounted(row).catch((error: unknown) => {
        // Removed while it was listed.
        if (error instanceof FieldError && error.status === 404) return undefined;
        throw error;
      });
      if (did) found.set(sayDid(row), did);
    });
    return batch.map((row) => {
      const figures = found.get(sayDid(row));
      return figures ? { ...row, length: figures.length ?? null, bytes: figures.bytes ?? null } : row;
    });
  };
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < AT_ONCE) continue;
    yield* await fill();
    batch = [];
  }
  yield* await fill();
}

/** Scopes; what is at the top of a scope; what is in a dataset or container; a search with `*` or filters. */
export const ls = async (
  context: Context,
  [pattern]: [string | undefined],
  options: Options,
): Promise<void> => {
  if (!types.includes(options.type))
    throw new CommandError('usage', `--type must be one of ${types.join(', ')}.`);
  const client = await context.client();
  if (pattern === undefined) {
    await context.out.rows(
      await client.scopes.owners(),
      [
        { title: 'SCOPE', text: ({ scope }) => paint('bold', scope) },
        { title: 'OWNER', text: ({ account }) => account },
      ],
      'There is no scope yet. Make one: leman scope add NAME.',
    );
    return;
  }
  const show = async (rows: AsyncIterable<Row>, empty: string) => {
    let left = false;
    const onLeft = () => {
      left = true;
    };
    await context.out.rows(
      counted(client, only(rows, options), onLeft),
      [
        { title: 'NAME', text: (row) => sayDid(row) },
        { title: 'TYPE', text: ({ type }) => type.toLowerCase() },
        { title: 'FILES', text: ({ length }) => sayCount(length), right: true },
        { title: 'SIZE', text: ({ bytes }) => sayBytes(bytes), right: true },
      ],
      empty,
    );
    if (left)
      await context.out.text(
        `Only the first ${COUNTED_ALONE} collections were counted; for one: leman did show SCOPE:NAME.`,
      );
  };
  const searches = /[*?]/.test(pattern) || options.filter.length > 0;
  if (!pattern.includes(':') && !searches) {
    await show(client.dids.list(pattern), `There is nothing in scope ${pattern}.`);
    return;
  }
  if (searches) {
    const { scope, name } = pattern.includes(':') ? readDid(pattern) : { scope: pattern, name: '*' };
    const search: DidSearch = {
      scope,
      type: options.type as 'all',
      filters: { ...readFilters(options.filter), name },
    };
    const found = async function* () {
      for await (const { did_type, ...row } of client.dids.search(search)) yield { ...row, type: did_type };
    };
    await show(found(), `Nothing fits ${pattern}.`);
    return;
  }
  const did = await client.dids.get(readDid(pattern));
  const itself = async function* () {
    yield did as Row;
  };
  await show(did.type === 'FILE' ? itself() : client.dids.content(did), `${pattern} is empty.`);
};
