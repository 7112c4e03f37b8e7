import { createClient } from '@leman/client';
import { FieldError, type LakeStatus, type PageCaller } from '@leman/contracts';
import { QueryCache, QueryClient, queryOptions } from '@tanstack/react-query';

/** The lake these pages come from. The session is in a cookie that scripts cannot read. */
export const lake = createClient({ url: '' });

/** Whether an error says that there is no session any more. */
export const isLoggedOut = (error: unknown): boolean =>
  error instanceof FieldError &&
  (error.name === 'CannotAuthenticate' || (error.status === 400 && /token must be set/i.test(error.message)));

const leave = (error: unknown) => {
  if (!isLoggedOut(error) || location.pathname.startsWith('/ui/login')) return;
  location.assign(`/ui/login?next=${encodeURIComponent(location.pathname + location.search)}`);
};

export const queries = new QueryClient({
  queryCache: new QueryCache({ onError: leave }),
  defaultOptions: {
    // A lake on this machine answers without any network; what the browser thinks of the network says nothing.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      staleTime: 5_000,
      retry: false,
      refetchOnWindowFocus: true,
    },
  },
});

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => lake.transport.json<PageCaller>('/ui/api/session'),
  staleTime: 60_000,
  // Asking keeps the session going while somebody is looking.
  refetchInterval: 600_000,
});

/** How the whole lake is. Events bring it up to date; the interval is the net. */
export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: (): Promise<LakeStatus> => lake.status.lake(),
  refetchInterval: 5_000,
  staleTime: 0,
});
