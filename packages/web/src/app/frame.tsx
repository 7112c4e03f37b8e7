import {
  ActionIcon,
  Menu,
  Tooltip,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Icon, type IconName } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import classes from './frame.module.css';
import { lake, queries, sessionQuery } from './lake.ts';
import { LiveProvider, useLive } from './live.tsx';
import { useSettings } from './settings.tsx';

const loadPalette = () => import('./palette.tsx');
type Palette = Awaited<ReturnType<typeof loadPalette>>['default'];

const areas: readonly {
  to: '/' | '/data' | '/rules' | '/storages';
  label: string;
  icon: IconName;
  key: string;
}[] = [
  { to: '/', label: 'Now', icon: 'now', key: 'n' },
  { to: '/data', label: 'Data', icon: 'data', key: 'd' },
  { to: '/rules', label: 'Rules', icon: 'rules', key: 'r' },
  { to: '/storages', label: 'Storages', icon: 'disk', key: 's' },
];

const AreaLinks = () =>
  areas.map(({ to, label, icon }) => (
    <Link key={to} to={to} activeOptions={{ exact: to === '/' }} activeProps={{ 'aria-current': 'page' }}>
      <Icon name={icon} size={18} />
      <span>{label}</span>
    </Link>
  ));

/** Says when the page no longer follows the lake. */
const StreamBanner = () => {
  const { state } = useLive();
  if (state !== 'broken') return null;
  return (
    <output className={classes.banner}>
      <Icon name="waiting" size={14} /> The live stream is interrupted; figures may be some seconds old.
      Connecting again.
    </output>
  );
};

const Person = () => {
  const { data } = useQuery(sessionQuery);
  const logOut = async () => {
    await lake.transport.text('/ui/api/logout', { method: 'POST', body: {} }).catch(() => undefined);
    queries.clear();
    location.assign('/ui/login');
  };
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <UnstyledButton className={classes.person} aria-label={`Account ${data?.account ?? ''}`}>
          <Icon name="person" />
          <span>{data?.account ?? '…'}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{data?.admin ? 'Administrator of this lake' : 'Account'}</Menu.Label>
        <Menu.Item leftSection={<Icon name="out" size={14} />} onClick={logOut}>
          Log out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
};

const Switches = () => {
  const { zone, setZone } = useSettings();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <>
      <Tooltip label={zone === 'UTC' ? 'Times are in UTC' : 'Times are local'}>
        <UnstyledButton
          className={classes.zone}
          aria-label={`Times in ${zone === 'UTC' ? 'UTC' : 'local time'}; switch`}
          onClick={() => setZone(zone === 'UTC' ? 'local' : 'UTC')}
        >
          {zone === 'UTC' ? 'UTC' : 'Local'}
        </UnstyledButton>
      </Tooltip>
      <Tooltip label={`Switch to ${other}`}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={`Switch to ${other}`}
          onClick={() => setColorScheme(other)}
        >
          <Icon name={scheme === 'dark' ? 'sun' : 'moon'} />
        </ActionIcon>
      </Tooltip>
    </>
  );
};

/** What is around every page: areas, search, switches, the person. */
export const Frame = () => {
  const navigate = useNavigate();
  const [Search, setSearch] = useState<Palette>();
  const open = () =>
    loadPalette().then(
      ({ default: found }) => setSearch(() => found),
      () =>
        notifications.show({
          color: 'red',
          message: 'The search cannot be loaded: the lake does not answer.',
        }),
    );
  const close = () => setSearch(undefined);
  const router = useRouter();
  // The other pages come when the first one rests: they open at once then, and also while the lake does not answer.
  useEffect(() => {
    const timer = setTimeout(() => {
      const pieces = Object.values(router.routesById).map((route) => router.loadRouteChunk(route));
      void Promise.allSettled([loadPalette(), ...pieces]);
    }, 1_500);
    return () => clearTimeout(timer);
  }, [router]);
  useHotkeys([
    ['/', open],
    ['mod+K', open],
    ...areas.map(({ to, key }) => [`alt+${key}`, () => navigate({ to })] as [string, () => void]),
  ]);
  return (
    <LiveProvider>
      <a className={classes.skip} href="#content">
        Skip to the content
      </a>
      <div className={classes.frame}>
        <nav className={classes.rail} aria-label="Areas">
          <Link to="/" className={classes.brand} aria-label="Leman, the lake now">
            <Mark width={34} />
            <span>Leman</span>
          </Link>
          <AreaLinks />
        </nav>
        <section className={classes.top} aria-label="Search and settings">
          <UnstyledButton className={classes.search} onClick={open} aria-label="Search the lake">
            <Icon name="search" size={14} />
            <span>Search data, rules, storages</span>
            <kbd>/</kbd>
          </UnstyledButton>
          <div className={classes.right}>
            <Switches />
            <Person />
          </div>
        </section>
        <main id="content" className={classes.main} tabIndex={-1}>
          <StreamBanner />
          <Outlet />
        </main>
        <nav className={classes.bottom} aria-label="Areas">
          <AreaLinks />
          <button type="button" onClick={open}>
            <Icon name="search" size={18} />
            <span>Search</span>
          </button>
        </nav>
      </div>
      {Search ? <Search close={close} /> : null}
    </LiveProvider>
  );
};
