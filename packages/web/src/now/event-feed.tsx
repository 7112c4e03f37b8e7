import { Link } from '@tanstack/react-router';
import { useLive } from '../app/live.tsx';
import { Empty } from '../parts/empty.tsx';
import { When } from '../parts/figures.tsx';
import { sayCount } from '../parts/format.ts';
import { Panel } from '../parts/panel.tsx';
import { State } from '../parts/state.tsx';
import { gatherEvents } from './gather-events.ts';
import classes from './now.module.css';

/** What has just happened, newest first. */
export const EventFeed = () => {
  const { events } = useLive();
  return (
    <Panel title="Latest events" note="as they happen" flush>
      {events.length === 0 ? (
        <Empty title="Quiet so far">Whatever happens in the lake from now on shows up here.</Empty>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
        <ol className={classes.events} tabIndex={0} aria-label="Latest events">
          {gatherEvents(events)
            .slice(0, 40)
            .map(({ key, type, tone, what, did, rule, rest, at, count }) => (
              <li key={key}>
                <State quiet tone={tone} word={what} term={type} />
                <When at={at} none="" />
                {did ? (
                  <span className={classes.subject}>
                    <Link to="/data/$scope/$name" params={did}>
                      {did.scope}:{did.name}
                    </Link>
                    {count > 1 ? ` and ${sayCount(count - 1)} more` : ''}
                  </span>
                ) : rule ? (
                  <Link to="/rules/$id" params={{ id: rule }}>
                    rule {rule.slice(0, 8)}
                  </Link>
                ) : null}
                {rest ? <small>{rest}</small> : null}
              </li>
            ))}
        </ol>
      )}
    </Panel>
  );
};
