import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** One registry per process; exposed at GET /metrics/ in the Prometheus text format. */
export const metrics = new Registry();

const once = <T>(name: string, make: () => T): T =>
  (metrics.getSingleMetric(name) as T | undefined) ?? make();

/** A monotonic count, e.g. `counter('leman_daemon_items_total', 'Items handled', ['daemon'])`. */
export const counter = <L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[] = [],
): Counter<L> => once(name, () => new Counter({ name, help, labelNames, registers: [metrics] }));

/** A value that goes up and down. */
export const gauge = <L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[] = [],
): Gauge<L> => once(name, () => new Gauge({ name, help, labelNames, registers: [metrics] }));

/** A distribution; buckets in seconds unless the name says otherwise. */
export const histogram = <L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[] = [],
  buckets: number[] = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
): Histogram<L> => once(name, () => new Histogram({ name, help, labelNames, buckets, registers: [metrics] }));
