import { dataset, file, type GoodCall, known, type World } from './world.ts';

const collection = () => ({
  type: 'DATASET',
  account: 'root',
  statuses: { monotonic: true },
  meta: { project: 'p', colour: 'red' },
  lifetime: 1000,
  rules: [{ account: 'root', copies: 1, rse_expression: 'ONE' }],
  dids: [{ ...known, bytes: 10 }],
  rse: 'ONE',
});
const atNewDataset = async ({ lake, fresh }: World) => {
  const name = fresh();
  await lake.api('POST', `/dids/test/${name}`, { type: 'DATASET' });
  return { scope: 'test', name };
};
const atDataset = () => dataset;

/** Files, datasets and containers. */
export const didsCalls: readonly GoodCall[] = [
  {
    route: 'POST /dids/:scope/:name',
    params: ({ fresh }) => ({ scope: 'test', name: fresh() }),
    body: collection,
    needs: ['type'],
  },
  { route: 'POST /dids', body: ({ fresh }) => [{ scope: 'test', name: fresh(), ...collection() }] },
  {
    route: 'PUT /dids/:scope/:name/status',
    params: atNewDataset,
    body: () => ({ open: false }),
    needs: ['open'],
  },
  {
    route: 'POST /dids/resurrect',
    body: () => [{ scope: 'test', name: 'never' }],
    refused: true,
  },
  {
    route: 'POST /dids/sample',
    body: ({ fresh }) => ({
      input_scope: 'test',
      input_name: 'ds',
      output_scope: 'test',
      output_name: fresh(),
      nbfiles: 1,
    }),
    needs: ['input_scope', 'input_name', 'output_scope', 'output_name', 'nbfiles'],
  },
  {
    route: 'POST /dids/:scope/:name/follow',
    params: atNewDataset,
    body: () => ({ account: 'guest' }),
    needs: ['account'],
  },
  {
    route: 'DELETE /dids/:scope/:name/follow',
    params: atDataset,
    body: () => ({ account: 'guest' }),
    needs: ['account'],
  },
  {
    route: 'POST /dids/:scope/:name/dids',
    params: atNewDataset,
    body: ({ fresh }) => ({ dids: [file(fresh())], rse: 'ONE', ignore_duplicate: true }),
    needs: ['dids'],
  },
  {
    route: 'DELETE /dids/:scope/:name/dids',
    params: atDataset,
    body: () => ({ dids: [known] }),
    needs: ['dids'],
  },
  {
    route: 'POST /dids/attachments',
    body: ({ fresh }) => ({
      attachments: [{ ...dataset, dids: [file(fresh())], rse: 'ONE' }],
      ignore_duplicate: true,
    }),
    needs: ['attachments'],
  },
  { route: 'POST /dids/bulkfiles', body: () => ({ dids: [dataset] }) },
  {
    route: 'POST /dids/:scope/:name/meta',
    params: atDataset,
    body: () => ({ meta: { project: 'x', colour: 'blue' }, recursive: true }),
    needs: ['meta'],
  },
  {
    route: 'POST /dids/:scope/:name/meta/:key',
    params: () => ({ ...dataset, key: 'project' }),
    body: () => ({ value: 'x', recursive: false }),
    needs: ['value'],
  },
  {
    route: 'POST /dids/bulkmeta',
    body: () => ({ dids: [dataset], plugin: 'ALL', inherit: true }),
    needs: ['dids'],
  },
  {
    route: 'POST /dids/bulkdidsmeta',
    body: () => ({ dids: [{ ...dataset, meta: { project: 'y' } }] }),
    needs: ['dids'],
  },
];
