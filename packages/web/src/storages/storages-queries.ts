import { collect } from '@leman/client';
import { queryOptions } from '@tanstack/react-query';
import { lake } from '../app/lake.ts';

/** Datasets of one storage that its page holds. */
export const MOST_DATASETS = 2_000;

export const rseQuery = (rse: string) =>
  queryOptions({ queryKey: ['rse', rse], queryFn: () => lake.rses.get(rse) });

export const attributesQuery = (rse: string) =>
  queryOptions({ queryKey: ['rse', rse, 'attributes'], queryFn: () => lake.rses.attributes(rse) });

export const datasetsAtQuery = (rse: string) =>
  queryOptions({
    queryKey: ['copies', 'at', rse],
    queryFn: () => collect(lake.replicas.datasetsAt(rse), MOST_DATASETS),
  });
