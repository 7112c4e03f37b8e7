import type { Line } from './drive.ts';

interface Row {
  work: string;
  /** Of a line, the figure; undefined: another measurement. */
  figure(line: Line): number | undefined;
  unit: string;
  target: string;
  /** What a Rucio reached that was measured earlier, where none was measured beside us. */
  earlier?: number;
  /** Items of a line, for the CPU time per item. */
  items?(line: Line): number;
}

const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const of =
  (step: string, key: string, also: (line: Line) => boolean = () => true) =>
  (line: Line): number | undefined =>
    line.step === step && also(line) ? number(line[key]) : undefined;
const n = (line: Line) => Number(line.n);

const rows: Row[] = [
  {
    work: 'look up one DID, 8 connections',
    figure: of('get', 'rps', (l) => l.path === 'dids' && l.conc === 8),
    unit: '/s',
    target: '5,000',
    earlier: 718,
    items: (l) => Number(l.rps) * 4,
  },
  {
    work: 'register replicas, one client',
    figure: of('replicas', 'files_s', (l) => l.conc === 1),
    unit: 'files/s',
    target: '15,000',
    earlier: 870,
    items: n,
  },
  {
    work: 'register replicas, two clients',
    figure: of('replicas', 'files_s', (l) => l.conc === 2),
    unit: 'files/s',
    target: '15,000',
    earlier: 738,
    items: n,
  },
  {
    work: 'register replicas, four clients',
    figure: of('replicas', 'files_s', (l) => l.conc === 4),
    unit: 'files/s',
    target: '15,000',
    earlier: 1228,
    items: n,
  },
  {
    work: 'attach to a dataset (100,000)',
    figure: of('attach', 'files_s', (l) => l.n === 100_000),
    unit: 'files/s',
    target: '40,000',
    earlier: 3678,
    items: n,
  },
  {
    work: 'attach to a dataset (10,000)',
    figure: of('attach', 'files_s', (l) => l.n === 10_000),
    unit: 'files/s',
    target: '40,000',
    earlier: 6831,
    items: n,
  },
  {
    work: 'list replicas of a dataset of 100,000',
    figure: of('replicas_list_dataset', 'per_s'),
    unit: 'files/s',
    target: '60,000',
    earlier: 3000,
    items: n,
  },
  {
    work: 'list files of a dataset of 100,000',
    figure: of('list_files', 'per_s'),
    unit: 'files/s',
    target: '',
    earlier: 101_000,
    items: n,
  },
  {
    work: 'rule on 10,000 files',
    figure: of('rule', 'secs', (l) => l.n === 10_000),
    unit: 's',
    target: '',
    earlier: 9.5,
    items: n,
  },
  {
    work: 'rule on 100,000 files, no conveyor',
    figure: of('rule', 'secs', (l) => l.n === 100_000),
    unit: 's',
    target: '5',
    earlier: 125.5,
    items: n,
  },
  {
    work: 'rule on 100,000 files, everything running',
    figure: of('up-rule', 'secs'),
    unit: 's',
    target: '',
    items: n,
  },
  {
    work: 'evaluate 10,000 attached files',
    figure: of('evaluate', 'per_s'),
    unit: 'files/s',
    target: '10,000',
    earlier: 317,
    items: n,
  },
  {
    work: 'submit + poll + finish, mock transfers',
    figure: of('conveyor', 'per_s'),
    unit: '/s',
    target: '1,500',
    earlier: 67,
    items: n,
  },
  {
    work: 'delete replicas, mock storage',
    figure: of('reaper', 'per_s'),
    unit: 'files/s',
    target: '3,000',
    earlier: 179,
    items: n,
  },
  {
    work: 'idle: rule to second copy, p95',
    figure: of('idle-latency', 'p95_ms'),
    unit: 'ms',
    target: '1,000',
  },
  {
    work: 'idle: memory of everything (PSS)',
    figure: of('idle-memory', 'total_pss_mib'),
    unit: 'MiB',
    target: '334',
    earlier: 2458,
  },
  {
    work: 'idle: CPU of everything',
    figure: of('idle-memory', 'idle_cpu_percent'),
    unit: '%',
    target: '',
  },
];

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const show = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Math.round(value * 100) / 100);

/** CPU milliseconds per item: the server or daemon, and PostgreSQL. */
const cpuPerItem = (line: Line, items: number): [number, number] => {
  const of = (name: string) => (line[name] as { cpu_s?: number } | undefined)?.cpu_s ?? 0;
  return [((of('server') + of('daemon')) / items) * 1000, (of('pg') / items) * 1000];
};

const showCpu = (cpu: readonly (readonly [number, number])[]): string =>
  cpu.length
    ? `${median(cpu.map(([program]) => program)).toFixed(3)} / ${median(cpu.map(([, pg]) => pg)).toFixed(3)}`
    : '';

/** Prints the measurements beside the targets and a Rucio in the same run, as the table of bench/README.md. */
export const printTable = (lines: readonly Line[]): void => {
  console.log(
    '\n| work | target | Leman: median (worst .. best, runs) | Rucio | ratio | CPU ms per item, Leman: Node / PostgreSQL | Rucio: Python / PostgreSQL | load |\n|---|---|---|---|---|---|---|---|',
  );
  for (const row of rows) {
    const all = lines.filter((line) => row.figure(line) !== undefined);
    const found = all.filter((line) => line.side !== 'rucio');
    const beside = all.filter((line) => line.side === 'rucio');
    if (found.length === 0) continue;
    const smallerIsBetter = ['s', 'ms', 'MiB', '%'].includes(row.unit);
    const sorted = found.map((line) => row.figure(line)!).sort((a, b) => (smallerIsBetter ? b - a : a - b));
    const middle = median(sorted);
    const other = beside.length ? median(beside.map((line) => row.figure(line)!)) : row.earlier;
    const ratio = other ? `${show(smallerIsBetter ? other / middle : middle / other)} x` : '';
    const cpu = (of: readonly Line[]) =>
      showCpu(row.items ? of.map((line) => cpuPerItem(line, row.items!(line))) : []);
    const loads = found.map((line) => Number(line.load));
    const cells = [
      row.work,
      row.target ? `${row.target} ${row.unit}` : '',
      `${show(middle)} ${row.unit} (${show(sorted[0]!)} .. ${show(sorted.at(-1)!)}, ${sorted.length})`,
      other ? `${show(other)}${beside.length ? '' : ' (earlier)'}` : '',
      ratio,
      cpu(found),
      cpu(beside),
      `${Math.min(...loads)}-${Math.max(...loads)}`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
};
