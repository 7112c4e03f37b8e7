import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { Frame } from './app/frame.tsx';
import { isLoggedOut, queries, sessionQuery } from './app/lake.ts';
import { NotFound } from './app/not-found.tsx';
import { NowPage } from './now/now-page.tsx';
import { Problem } from './parts/problem.tsx';

/** Filters, sort and selection of every table are in the URL; what is not known is let through. */
const anySearch = (search: Record<string, unknown>): Record<string, unknown> => search;

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, validateSearch: anySearch });
const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  component: lazyRouteComponent(() => import('./login/login-page.tsx'), 'LoginPage'),
});
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Frame,
  beforeLoad: async ({ location }) => {
    try {
      await queries.ensureQueryData(sessionQuery);
    } catch (error) {
      if (isLoggedOut(error)) throw redirect({ to: '/login', search: { next: `/ui${location.href}` } });
      throw error;
    }
  },
  errorComponent: ({ error, reset }) => <Problem error={error} retry={reset} />,
});
const now = createRoute({ getParentRoute: () => inside, path: '/', component: NowPage });
const data = createRoute({
  getParentRoute: () => inside,
  path: '/data',
  component: lazyRouteComponent(() => import('./data/scopes-page.tsx'), 'ScopesPage'),
});
const scope = createRoute({
  getParentRoute: () => inside,
  path: '/data/$scope',
  component: lazyRouteComponent(() => import('./data/scope-page.tsx'), 'ScopePage'),
});
const did = createRoute({
  getParentRoute: () => inside,
  path: '/data/$scope/$name',
  component: lazyRouteComponent(() => import('./data/did-page.tsx'), 'DidPage'),
});
const storages = createRoute({
  getParentRoute: () => inside,
  path: '/storages',
  component: lazyRouteComponent(() => import('./storages/storages-page.tsx'), 'StoragesPage'),
});
const storage = createRoute({
  getParentRoute: () => inside,
  path: '/storages/$rse',
  component: lazyRouteComponent(() => import('./storages/storage-page.tsx'), 'StoragePage'),
});
/** What leads nowhere keeps the frame, so that one finds back. */
const nowhere = createRoute({ getParentRoute: () => inside, path: '$', component: NotFound });
const rules = createRoute({
  getParentRoute: () => inside,
  path: '/rules',
  component: lazyRouteComponent(() => import('./rules/rules-page.tsx'), 'RulesPage'),
});
const rule = createRoute({
  getParentRoute: () => inside,
  path: '/rules/$id',
  component: lazyRouteComponent(() => import('./rules/rule-page.tsx'), 'RulePage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    login,
    inside.addChildren([now, data, scope, did, rules, rule, storages, storage, nowhere]),
  ]),
  basepath: '/ui',
  defaultPreload: 'intent',
  defaultPendingMs: 300,
  scrollRestoration: true,
  defaultErrorComponent: ({ error, reset }) => <Problem error={error} retry={reset} />,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
