import { dataset, file, type GoodCall, known } from './world.ts';

const atTwo = { scope: 'test', name: 'g.0' };
const soon = () => new Date(Date.now() + 86_400_000).toISOString().slice(0, 19);

/** Copies, what is said against them, tokens for them, traces. */
export const replicasCalls: readonly GoodCall[] = [
  {
    route: 'POST /replicas',
    body: ({ fresh }) => ({ rse: 'ONE', files: [file(fresh())], ignore_availability: true }),
    needs: ['rse', 'files'],
  },
  {
    route: 'PUT /replicas',
    body: () => ({ rse: 'ONE', files: [{ ...known, state: 'A' }] }),
    needs: ['rse', 'files'],
  },
  { route: 'DELETE /replicas', body: () => ({ rse: 'ONE', files: [known] }), refused: true },
  {
    route: 'POST /replicas/list',
    body: () => ({
      dids: [known],
      schemes: ['davs'],
      unavailable: false,
      ignore_availability: true,
      all_states: true,
      rse_expression: 'ONE',
      domain: 'wan',
      resolve_archives: true,
      resolve_parents: true,
      updated_after: '2020-01-01T00:00:00',
      nrandom: 1,
      sort: 'random',
      signature_lifetime: 60,
      client_location: { ip: '127.0.0.1', site: 'x', latitude: 1, longitude: 1 },
    }),
    needs: ['dids'],
  },
  { route: 'POST /replicas/datasets_bulk', body: () => ({ dids: [dataset] }), needs: ['dids'] },
  {
    route: 'POST /replicas/tombstone',
    body: () => ({ replicas: [{ scope: 'test', name: 'f.1', rse: 'ONE' }] }),
  },
  {
    route: 'POST /replicas/dids',
    body: () => ({ pfns: ['davs://one.example.org/data/x'], rse: 'ONE' }),
    needs: ['rse'],
  },
  {
    route: 'POST /replicas/bad',
    body: () => ({ replicas: [{ ...atTwo, rse: 'TWO' }], pfns: [], reason: 'why', force: false }),
  },
  {
    route: 'POST /replicas/suspicious',
    body: () => ({ pfns: ['davs://one.example.org/data/x'], reason: 'why' }),
  },
  {
    route: 'POST /replicas/bad/dids',
    body: () => ({ dids: [atTwo], rse: 'TWO', reason: 'why', expires_at: soon() }),
    needs: ['rse'],
  },
  {
    route: 'POST /replicas/bad/pfns',
    body: () => ({
      pfns: ['davs://two.example.org/data/x'],
      state: 'TEMPORARY_UNAVAILABLE',
      reason: 'why',
      expires_at: soon(),
    }),
    needs: ['state', 'expires_at'],
  },
  {
    route: 'POST /replicas/quarantine',
    body: ({ fresh }) => ({ replicas: [{ path: `/x/${fresh()}`, scope: 'test', name: 'q' }], rse: 'ONE' }),
    needs: ['rse'],
  },
  {
    route: 'POST /credentials/storage-tokens',
    body: () => ({ items: [{ rse: 'ONE', ...known, operation: 'read' }] }),
    needs: ['items'],
  },
  ...['/traces', '/nongrid_traces'].map((path) => ({
    route: `POST ${path}`,
    body: () => ({ uuid: 'x', eventType: 'get', filename: 'f.0', scope: 'test' }),
  })),
];
