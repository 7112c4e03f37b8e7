import type { DidName } from '@leman/client';
import { Button, Progress, Select, Skeleton } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { useQuery } from '@tanstack/react-query';
import { useReducer, useRef, useState } from 'react';
import { queries, statusQuery } from '../app/lake.ts';
import { sayBytes, sayDuration } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import { State } from '../parts/state.tsx';
import classes from './data.module.css';
import { legalName, sendFile } from './send-file.ts';

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

const AT_ONCE = 3;

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

/** Drop files to put them into a dataset: checksum in the background, progress, rate and time left for each. */
export const Upload = ({ dataset }: { dataset: DidName }) => {
  const { data: status } = useQuery({ ...statusQuery, refetchInterval: false });
  const open = (status?.rses ?? [])
    .filter(({ availability_write }) => availability_write)
    .map(({ rse }) => rse);
  const [chosen, setChosen] = useState<string | null>(null);
  const [jobs, change] = useReducer(reduce, []);
  const waiting = useRef<Job[]>([]);
  const running = useRef(0);
  const rse = chosen ?? open[0] ?? null;

  const next = async (target: string): Promise<void> => {
    if (running.current >= AT_ONCE) return;
    const job = waiting.current.shift();
    if (!job) return;
    running.current += 1;
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
    for (const key of ['dids', 'content', 'copies', 'status'])
      void queries.invalidateQueries({ queryKey: [key] });
    await next(target);
  };

  const add = (files: File[]) => {
    if (!rse) return;
    const made = files.map((file, index) => ({
      key: `${performance.now()} ${index}`,
      file,
      name: legalName(file.name),
      state: 'waiting' as const,
      sent: 0,
      started: 0,
      stop: new AbortController(),
    }));
    change({ add: made });
    waiting.current.push(...made);
    for (let lane = 0; lane < AT_ONCE; lane += 1) void next(rse);
  };

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
            Drop files here or <u>choose them</u>
          </span>
          <small>They go to {rse ?? 'a storage'}, are checked by checksum and join this dataset.</small>
        </Dropzone>
      ) : (
        <Skeleton height={110} />
      )}
      {jobs.length > 0 ? (
        <>
          <ul className={classes.jobs} aria-live="polite">
            {jobs.map((job) => (
              <Row key={job.key} job={job} />
            ))}
          </ul>
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
