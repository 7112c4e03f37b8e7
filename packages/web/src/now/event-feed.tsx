import { Link } from '@tanstack/react-router';
import { useLive } from '../app/live.tsx';
import { Empty } from '../parts/empty.tsx';
import { When } from '../parts/figures.tsx';
import { Panel } from '../parts/panel.tsx';
import { State } from '../parts/state.tsx';
import classes from './now.module.css';
import { sayEvent } from './say-event.ts';

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
          {events.slice(0, 40).map((event, index) => {
            const { tone, what, did, rule, rest } = sayEvent(event);
            return (
              <li key={`${event.id} ${event.type} ${String(event.payload.name ?? index)}`}>
                <State quiet tone={tone} word={what} term={event.type} />
                <When at={event.at} />
                {did ? (
                  <Link to="/data/$scope/$name" params={did}>
                    {did.scope}:{did.name}
                  </Link>
                ) : rule ? (
                  <Link to="/rules/$id" params={{ id: rule }}>
                    rule {rule.slice(0, 8)}
                  </Link>
                ) : null}
                <small>{rest}</small>
              </li>
            );
          })}
        </ol>
      )}
    </Panel>
  );
};
