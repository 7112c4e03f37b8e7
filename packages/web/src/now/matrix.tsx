import type { LakeStatus, LakeStatusCount, LakeStatusLink } from '@leman/contracts';
import { Drawer, SegmentedControl, Skeleton, UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useFocusBack } from '../app/use-focus-back.ts';
import { useView } from '../app/use-view.ts';
import { Empty } from '../parts/empty.tsx';
import { sayBytes, sayCount, sayShare } from '../parts/format.ts';
import { Panel } from '../parts/panel.tsx';
import { ScrollBox } from '../parts/scroll-box.tsx';
import { State, type Tone } from '../parts/state.tsx';
import { sumBy } from '../storages/sum-links.ts';
import classes from './matrix.module.css';

type Metric = 'success' | 'rate' | 'files' | 'active';
type Window = 'last_15m' | 'last_1h';
const seconds: Record<Window, number> = { last_15m: 900, last_1h: 3600 };
const windowWords: Record<Window, string> = { last_15m: 'the last 15 minutes', last_1h: 'the last hour' };

const GOOD = 0.98;
const POOR = 0.8;

/** Green, yellow, red; no colour when nothing has ended. */
const toneOf = ({ done, failed }: LakeStatusCount): Tone => {
  if (done + failed === 0) return 'unknown';
  const share = done / (done + failed);
  return share >= GOOD ? 'ok' : share >= POOR ? 'stuck' : 'failed';
};
const toneWords: Record<string, string> = {
  ok: 'well',
  stuck: 'with losses',
  failed: 'badly',
  unknown: 'no transfers',
};

const sayCell = (metric: Metric, window: Window, count: LakeStatusCount, active: number): string => {
  if (metric === 'active') return active > 0 ? sayCount(active) : '·';
  if (count.done + count.failed === 0) return '·';
  if (metric === 'success') return sayShare(count.done, count.done + count.failed);
  if (metric === 'files') return sayCount(count.done);
  return count.bytes > 0 ? `${sayBytes(count.bytes / seconds[window])}/s` : '0';
};

const none: LakeStatusCount = { done: 0, failed: 0, bytes: 0 };

/** Up to this many storages all have a row and a column, also those without transfers. */
const SMALL_LAKE = 10;

/** Worst first, so that a sick row or column shows as a stripe; those without transfers last. */
const worstFirst = (names: readonly string[], sums: Map<string, LakeStatusCount>) => {
  const rank = (name: string) => {
    const { done, failed } = sums.get(name) ?? none;
    return done + failed === 0 ? 2 : done / (done + failed);
  };
  return names.toSorted((one, other) => rank(one) - rank(other) || one.localeCompare(other));
};

const LinkDrawer = ({ link, close }: { link: LakeStatusLink; close: () => void }) => {
  useFocusBack();
  return (
    <Drawer opened onClose={close} position="right" title={`${link.source} → ${link.destination}`}>
      <table className={classes.details}>
        <thead>
          <tr>
            <th scope="col">
              <span className={classes.hidden}>Figure</span>
            </th>
            <th scope="col">15 min</th>
            <th scope="col">1 h</th>
          </tr>
        </thead>
        <tbody>
          {(
            [
              ['Copied', (count) => sayCount(count.done)],
              ['Failed', (count) => sayCount(count.failed)],
              ['Success', (count) => sayShare(count.done, count.done + count.failed)],
              ['Moved', (count) => sayBytes(count.bytes)],
            ] as [string, (count: LakeStatusCount) => string][]
          ).map(([label, say]) => (
            <tr key={label}>
              <th scope="row" className={classes.label}>
                {label}
              </th>
              <td>{say(link.last_15m)}</td>
              <td>{say(link.last_1h)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row" className={classes.label}>
              Rate
            </th>
            <td>{sayBytes(link.last_15m.bytes / 900)}/s</td>
            <td>{sayBytes(link.last_1h.bytes / 3600)}/s</td>
          </tr>
          <tr>
            <th scope="row" className={classes.label}>
              On the way now
            </th>
            <td colSpan={2}>{sayCount(link.active)}</td>
          </tr>
        </tbody>
      </table>
      <p className={classes.hint}>
        Why copies on this link are missing stands at the rules that want them: their causes name the last
        errors in full.{' '}
        <Link to="/storages/$rse" params={{ rse: link.destination }}>
          The rules of {link.destination}
        </Link>{' '}
        are at its page.
      </p>
    </Drawer>
  );
};

/** Source x destination: the heart of the page, and a real table. */
export const Matrix = ({ status }: { status: LakeStatus | undefined }) => {
  const [view, set] = useView<{ metric: Metric; window: Window; link: string }>();
  const metric = view.metric ?? 'success';
  const window = view.window ?? 'last_1h';

  const bySource = status ? sumBy(status, 'source', window) : new Map<string, LakeStatusCount>();
  const byDestination = status ? sumBy(status, 'destination', window) : new Map<string, LakeStatusCount>();
  const all = status && status.rses.length <= SMALL_LAKE ? status.rses.map(({ rse }) => rse) : [];
  const sources = worstFirst([...new Set([...bySource.keys(), ...all])], bySource);
  const destinations = worstFirst([...new Set([...byDestination.keys(), ...all])], byDestination);
  const links = new Map(status?.links.map((link) => [`${link.source} ${link.destination}`, link]));
  const width = `${80 / (destinations.length + 1)}%`;
  const open = view.link === undefined ? undefined : links.get(view.link);
  const activeOf = (end: 'source' | 'destination', name: string) =>
    status?.links.reduce((sum, link) => sum + (link[end] === name ? link.active : 0), 0) ?? 0;
  const tools = (
    <>
      <SegmentedControl
        size="xs"
        aria-label="What the matrix shows"
        value={metric}
        onChange={(value) => set({ metric: value })}
        data={[
          { value: 'success', label: 'Success' },
          { value: 'rate', label: 'Rate' },
          { value: 'files', label: 'Files' },
          { value: 'active', label: 'Moving' },
        ]}
      />
      <SegmentedControl
        size="xs"
        aria-label="Window of the matrix"
        value={window}
        onChange={(value) => set({ window: value })}
        data={[
          { value: 'last_15m', label: '15 min' },
          { value: 'last_1h', label: '1 h' },
        ]}
      />
    </>
  );
  return (
    <div id="matrix">
      <Panel title="From where to where" note="source × destination" tools={tools} flush>
        {!status ? (
          <div className={classes.wait}>
            <Skeleton height={160} />
          </div>
        ) : links.size === 0 ? (
          <Empty title="No transfers in the last hour">
            A rule that asks for a second copy starts one: open a dataset under Data and choose “Ask for
            copies”.
          </Empty>
        ) : (
          <ScrollBox label="Matrix of source and destination">
            <table className={classes.matrix}>
              <caption>
                {`Transfers in ${windowWords[window]}, a row for each source, a column for each destination, worst first`}
              </caption>
              <thead>
                <tr>
                  <th scope="col" className={classes.corner}>
                    from ↓ &nbsp;to →
                  </th>
                  {destinations.map((name) => (
                    <th key={name} scope="col" className={classes.column} style={{ width }}>
                      {name}
                    </th>
                  ))}
                  <th scope="col" className={classes.mean}>
                    all
                  </th>
                </tr>
              </thead>
              <tbody>
                {sources.map((source) => (
                  <tr key={source}>
                    <th scope="row" className={classes.source}>
                      {source}
                    </th>
                    {destinations.map((destination) => {
                      const link = links.get(`${source} ${destination}`);
                      if (!link) {
                        return (
                          <td key={destination} data-tone={source === destination ? 'same' : 'none'}>
                            <span className={classes.hidden}>
                              {source === destination ? 'itself' : 'none'}
                            </span>
                          </td>
                        );
                      }
                      const tone = toneOf(link[window]);
                      return (
                        <td key={destination} data-tone={tone}>
                          <UnstyledButton
                            onClick={() => set({ link: `${source} ${destination}` })}
                            aria-label={`${source} to ${destination}: ${sayCell(metric, window, link[window], link.active)}, ${toneWords[tone]}`}
                          >
                            {sayCell(metric, window, link[window], link.active)}
                          </UnstyledButton>
                        </td>
                      );
                    })}
                    <td className={classes.mean}>
                      {sayCell(metric, window, bySource.get(source) ?? none, activeOf('source', source))}
                    </td>
                  </tr>
                ))}
              </tbody>
              <tfoot>
                <tr>
                  <th scope="row" className={classes.mean}>
                    all
                  </th>
                  {destinations.map((name) => (
                    <td key={name} className={classes.mean}>
                      {sayCell(
                        metric,
                        window,
                        byDestination.get(name) ?? none,
                        activeOf('destination', name),
                      )}
                    </td>
                  ))}
                  <td className={classes.mean} />
                </tr>
              </tfoot>
            </table>
          </ScrollBox>
        )}
        {links.size > 0 ? (
          <div className={classes.legend}>
            <State tone="ok" word="98 % and more arrive" />
            <State tone="stuck" word="80 to 98 %" />
            <State tone="failed" word="less than 80 %" />
            <State tone="unknown" word="nothing ended" />
          </div>
        ) : null}
        {open ? <LinkDrawer link={open} close={() => set({ link: undefined })} /> : null}
      </Panel>
    </div>
  );
};
