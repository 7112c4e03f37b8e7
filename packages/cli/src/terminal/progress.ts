import { paint } from './paint.ts';
import { sayBytes, sayNumberOf } from './units.ts';

export interface Progress {
  /** Bytes that moved. */
  add(bytes: number): void;
  /** A file ended. */
  file(): void;
  /** Writes a line above the bar. */
  note(line: string): void;
  end(): void;
}

const EVERY_MS = 100;
const BAR = 24;

/** A bar on standard error while long work goes on; shows nothing when that is no terminal. */
export const startProgress = (total: { files: number; bytes: number }, quiet = false): Progress => {
  const shown = !quiet && Boolean(process.stderr.isTTY);
  let [bytes, files] = [0, 0];
  const since = performance.now();
  const draw = () => {
    const part =
      total.bytes > 0 ? Math.min(1, bytes / total.bytes) : total.files > 0 ? files / total.files : 1;
    const filled = Math.round(part * BAR);
    const bar =
      paint('cyan', '━'.repeat(filled), process.stderr) +
      paint('dim', '─'.repeat(BAR - filled), process.stderr);
    const rate = bytes / Math.max(0.001, (performance.now() - since) / 1000);
    const left = rate > 0 ? Math.ceil((total.bytes - bytes) / rate) : undefined;
    const rest = left !== undefined && left > 0 ? `  ${left} s left` : '';
    process.stderr.write(
      `\r\x1b[2K${bar} ${String(Math.floor(part * 100)).padStart(3)}%  ${files}/${sayNumberOf(total.files, 'file')}  ${sayBytes(bytes)}  ${sayBytes(rate)}/s${rest}`,
    );
  };
  const timer = shown ? setInterval(draw, EVERY_MS) : undefined;
  return {
    add(more) {
      bytes += more;
    },
    file() {
      files++;
    },
    note(line) {
      process.stderr.write(shown ? `\r\x1b[2K${line}\n` : `${line}\n`);
    },
    end() {
      clearInterval(timer);
      if (shown) process.stderr.write('\r\x1b[2K');
    },
  };
};
