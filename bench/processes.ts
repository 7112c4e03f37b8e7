import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Pids below (and with) one, by /proc. */
export const treeOf = (root: number): number[] => {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // ended meanwhile
    }
  }
  const found: number[] = [];
  const todo = [root];
  for (let pid = todo.pop(); pid !== undefined; pid = todo.pop()) {
    found.push(pid);
    todo.push(...(children.get(pid) ?? []));
  }
  return found;
};

const sum = (pids: readonly number[], read: (pid: number) => number): number =>
  pids.reduce((total, pid) => {
    try {
      return total + read(pid);
    } catch {
      return total;
    }
  }, 0);

/** Proportional set size, bytes: shared pages are counted once over all who share them. */
export const pssOf = (pids: readonly number[]): number =>
  sum(
    pids,
    (pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))![1]) * 1024,
  );

/** CPU seconds used so far, user and system, with those of ended children. */
export const cpuOf = (pids: readonly number[]): number =>
  sum(pids, (pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return (fields[11]! + fields[12]! + fields[13]! + fields[14]!) / 100;
  });

/** The process that listens on nothing but the socket of a home: our PostgreSQL, which is detached from its parent. */
export const postgresOf = (dataDirectory: string): number =>
  Number(readFileSync(`${dataDirectory}/postmaster.pid`, 'utf8').split('\n')[0]);

/** Seconds of CPU that the whole machine has worked since it started, and that have gone by (times its CPUs). */
const machine = (): { busy: number; all: number } => {
  const fields = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]!
    .trim()
    .split(/\s+/)
    .slice(1, 9)
    .map(Number);
  const all = fields.reduce((sum, value) => sum + value, 0);
  return { busy: (all - fields[3]! - fields[4]!) / 100, all: all / 100 };
};

/**
 * Waits until others leave the machine alone: a second in which it is busy for less than a quarter.
 * @returns the share it was busy in the last second, 0 to 1
 */
export const untilQuiet = async (patienceSeconds: number): Promise<number> => {
  for (const until = performance.now() + patienceSeconds * 1000; ; ) {
    const before = machine();
    await sleep(1000);
    const after = machine();
    const share = (after.busy - before.busy) / (after.all - before.all);
    if (share < 0.25 || performance.now() > until) return Math.round(share * 100) / 100;
  }
};
