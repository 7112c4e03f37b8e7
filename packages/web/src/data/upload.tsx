import type { DidName } from '@leman/client';
import { Button, Progress, Select, Skeleton } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { useQuery } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { useEffect, useReducer, useRef, useState } from 'react';
import { queries, statusQuery } from '../app/lake.ts';
import { sayBytes, sayCount, sayDuration, sayMany } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import { State } from '../parts/state.tsx';
import classes from './data.module.css';
import { nameOfFile, sendFile } from './send-file.ts';

interface Job {
  key: string;
  file: File;
  name: string;
  state: 'waiting' | 'summing' | 'sending' | 'done' | 'failed';
  sent: number;
  started: number;
  error?: unknown;
  stop: AbortController;
}
type Change = { add: Job[] } | { key: string; to: Partial<Job> } | 'clear';

/** A browser keeps six connections: one follows the events, one is left for the pages. */
const AT_ONCE = 4;

const reduce = (jobs: readonly Job[], change: Change): readonly Job[] => {
  if (change === 'clear') return jobs.filter(({ state }) => state !== 'done' && state !== 'failed');
  if ('add' in change) return [...change.add, ...jobs];
  return jobs.map((job) => (job.key === change.key ? { ...job, ...change.to } : job));
};

const Row = ({ job }: { job: Job }) => {
  const share = job.file.size > 0 ? (100 * job.sent) / job.file.size : 0;
  const rate = job.sent / Math.max(0.2, (performance.now() - job.started) / 1000);
  const left = rate > 0 ? sayDuration((1000 * (job.file.size - job.sent)) / rate) : '';
  return (
    <li>
      <div className={classes.job}>
        <span>{job.name}</span>
        {job.state === 'done' ? (
          <State quiet tone="ok" word={`Uploaded, ${sayBytes(job.file.size)}`} />
        ) : null}
        {job.state === 'failed' ? <State quiet tone="failed" word="Not uploaded" /> : null}
        {job.state === 'waiting' ? <State quiet tone="waiting" word="Waits for its turn" /> : null}
        {job.state === 'summing' ? <State quiet tone="moving" word="Checksum" /> : null}
        {job.state === 'sending' ? (
          <>
            <small>
              {sayBytes(rate)}/s, {left} left
            </small>
            <Button variant="subtle" color="gray" size="compact-xs" onClick={() => job.stop.abort()}>
              Stop
            </Button>
          </>
        ) : null}
      </div>
      {job.state === 'sending' ? (
        <Progress value={share} size="sm" aria-label={`${job.name}: ${Math.round(share)} %`} />
      ) : null}
      {job.error ? <Problem error={job.error} /> : null}
    </li>
  );
};

/** Rows shown at once; the sum above speaks for the rest. */
const MOST_SHOWN = 50;
const order = { failed: 0, sending: 1, summing: 1, waiting: 2, done: 3 } as const;

/** All of what was dropped, as one bar. */
const Sum = ({ jobs }: { jobs: readonly Job[] }) => {
  const whole = jobs.reduce((sum, { file }) => sum + file.size, 0);
  const sent = jobs.reduce((sum, job) => sum + (job.state === 'failed' ? 0 : job.sent), 0);
  const done = jobs.filter(({ state }) => state === 'done').length;
  const failed = jobs.filter(({ state }) => state === 'failed').length;
  return (
    <div className={classes.sum}>
      <p role="status">
        {sayCount(done)} of {sayMany(jobs.length, 'file')} uploaded
        {failed > 0 ? `, ${sayCount(failed)} not` : ''}
      </p>
      <small>
        {sayBytes(sent)} of {sayBytes(whole)}
      </small>
      <Progress
        value={whole > 0 ? (100 * sent) / whole : (100 * done) / jobs.length}
        aria-label={`${sayBytes(sent)} of ${sayBytes(whole)} uploaded`}
      />
    </div>
  );
};

/** Drop files to put them into a dataset: checksum in the background, progress, rate and time left for each. */
export const Upload = ({ dataset }: { dataset: DidName }) => {
  const { data: status } = useQuery({ ...statusQuery, refetchInterval: false });
  const open = (status?.rses ?? [])
    .filter(({ availability_write }) => availability_write)
    .map(({ rse }) => rse);
  const [chosen, setChosen] = useState<string | null>(null);
  const [jobs, change] = useReducer(reduce, []);
  const waiting = useRef<Job[]>([]);
  const started = useRef<Job[]>([]);
  const running = useRef(0);
  const rse = chosen ?? open[0] ?? null;

  // Many small files end at once: the lists follow once a second, and when the last has ended.
  const told = useRef(0);
  const tellPages = () => {
    const idle = running.current === 0 && waiting.current.length === 0;
    if (!idle && performance.now() - told.current < 1_000) return;
    told.current = performance.now();
    for (const key of ['dids', 'did', 'copies', 'status'])
      void queries.invalidateQueries({ queryKey: [key] });
  };

  const next = async (target: string): Promise<void> => {
    if (running.current >= AT_ONCE) return;
    const job = waiting.current.shift();
    if (!job) return;
    running.current += 1;
    started.current.push(job);
    const tell = (to: Partial<Job>) => change({ key: job.key, to });
    try {
      tell({ state: 'summing' });
      await sendFile({
        file: job.file,
        rse: target,
        did: { scope: dataset.scope, name: job.name },
        dataset,
        signal: job.stop.signal,
        onStart: () => tell({ state: 'sending', started: performance.now() }),
        onProgress: (sent) => tell({ sent }),
      });
      tell({ state: 'done', sent: job.file.size });
    } catch (error) {
      tell({ state: 'failed', error: job.stop.signal.aborted ? undefined : error });
    }
    running.current -= 1;
    started.current = started.current.filter((other) => other !== job);
    tellPages();
    await next(target);
  };

  const add = (files: File[]) => {
    if (!rse) return;
    const sorted = files.toSorted((one, other) => nameOfFile(one).localeCompare(nameOfFile(other)));
    const made = sorted.map((file, index) => ({
      key: `${performance.now()} ${index}`,
      file,
      name: nameOfFile(file),
      state: 'waiting' as const,
      sent: 0,
      started: 0,
      stop: new AbortController(),
    }));
    change({ add: made });
    waiting.current.push(...made);
    for (let lane = 0; lane < AT_ONCE; lane += 1) void next(rse);
  };

  const busy = jobs.some(({ state }) => state !== 'done' && state !== 'failed');
  useBlocker({
    disabled: !busy,
    enableBeforeUnload: true,
    shouldBlockFn: () => !confirm('Files are still on their way up. Leave this page and stop them?'),
  });
  useEffect(
    () => () => {
      for (const { stop } of started.current) stop.abort();
      waiting.current = [];
    },
    [],
  );

  const ended = jobs.filter(({ state }) => state === 'done' || state === 'failed').length;
  return (
    <Panel
      title="Upload"
      tools={
        <Select
          size="xs"
          aria-label="Storage to upload to"
          data={open}
          value={rse}
          onChange={setChosen}
          allowDeselect={false}
          placeholder="no storage takes files"
          w={180}
        />
      }
    >
      {status ? (
        <Dropzone
          onDrop={add}
          disabled={!rse}
          className={classes.drop}
          inputProps={{ 'aria-label': `Files to upload into ${dataset.name}` }}
          acceptColor="lake"
        >
          <Icon name="upload" size={20} />
          <span>
            Drop files or folders here, or <u>choose files</u>
          </span>
          <small>They go to {rse ?? 'a storage'}, are checked by checksum and join this dataset.</small>
        </Dropzone>
      ) : (
        <Skeleton height={110} />
      )}
      {jobs.length > 0 ? (
        <>
          {jobs.length > 1 ? <Sum jobs={jobs} /> : null}
          <ul className={classes.jobs} aria-live={jobs.length > 1 ? undefined : 'polite'}>
            {jobs
              .toSorted((one, other) => order[one.state] - order[other.state])
              .slice(0, MOST_SHOWN)
              .map((job) => (
                <Row key={job.key} job={job} />
              ))}
          </ul>
          {jobs.length > MOST_SHOWN ? (
            <p className={classes.rest}>and {sayMany(jobs.length - MOST_SHOWN, 'more file')}</p>
          ) : null}
          {ended > 0 ? (
            <Button variant="subtle" color="gray" size="compact-xs" mt={8} onClick={() => change('clear')}>
              Clear the list
            </Button>
          ) : null}
        </>
      ) : null}
    </Panel>
  );
};
