import type { LakeStatus } from '@leman/contracts';
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { statusQuery } from '../app/lake.ts';
import { useLive } from '../app/live.tsx';
import { When } from '../parts/figures.tsx';
import { Lead } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import { State } from '../parts/state.tsx';
import { Storages } from '../storages/storage-table.tsx';
import { EventFeed } from './event-feed.tsx';
import { Figures } from './figures.tsx';
import { Matrix } from './matrix.tsx';
import classes from './now.module.css';
import { sayLake } from './say-lake.ts';

import { Throughput } from './throughput.tsx';
import { Waiting } from './waiting.tsx';

const Sentence = ({ status }: { status: LakeStatus }) =>
  sayLake(status).map(({ text, to }, index) => {
    const key = `${index} ${text}`;
    if (!to) return <span key={key}>{text}</span>;
    if (to === 'data') {
      return (
        <Link key={key} to="/data">
          {text}
        </Link>
      );
    }
    return (
      <a key={key} href={`#${to}`}>
        {text}
      </a>
    );
  });

/** A summary for screen readers, at most every 10 s. */
const Spoken = ({ text }: { text: string }) => {
  const [said, say] = useState(text);
  const latest = useRef(text);
  useEffect(() => {
    latest.current = text;
  }, [text]);
  useEffect(() => {
    const timer = setInterval(() => say(latest.current), 10_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <p className={classes.spoken} aria-live="polite">
      {said}
    </p>
  );
};

export const NowPage = () => {
  const { data: status, error, refetch } = useQuery(statusQuery);
  const { state } = useLive();
  useEffect(() => {
    document.title = 'Now · Leman';
  }, []);
  return (
    <>
      <Lead
        kicker="The lake now"
        aside={
          status ? (
            <>
              <State
                quiet
                tone={state === 'open' ? 'ok' : 'waiting'}
                word={state === 'open' ? 'Live' : state === 'broken' ? 'Interrupted' : 'Connecting'}
              />
              <span>
                as of <When at={status.as_of} />
              </span>
            </>
          ) : null
        }
      >
        {status ? (
          <Sentence status={status} />
        ) : (
          <Skeleton height={30} width="min(560px, 90%)" mb={4} component="span" display="block" />
        )}
      </Lead>
      {status ? (
        <Spoken
          text={sayLake(status)
            .map(({ text }) => text)
            .join('')}
        />
      ) : null}
      {error ? (
        <Problem title="The state of the lake cannot be read." error={error} retry={() => refetch()} />
      ) : null}
      <Figures status={status} />
      <div className={classes.columns}>
        <div className={classes.column}>
          <Throughput status={status} />
          <Matrix status={status} />
          <Storages status={status} />
        </div>
        <div className={classes.column}>
          <Waiting status={status} />
          <EventFeed />
        </div>
      </div>
    </>
  );
};
