import { existsSync, readFileSync } from 'node:fs';

/**
 * Whether a process runs. One that has ended but was not yet collected by its parent (a zombie, common in containers
 * without an init) counts as ended.
 */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat[stat.lastIndexOf(')') + 2] !== 'Z';
  } catch {
    // No /proc here, or it ended this moment.
    return !existsSync('/proc/self/stat');
  }
};
