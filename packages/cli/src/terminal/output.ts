import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { paint } from './paint.ts';

export interface Column<T> {
  title: string;
  /** What people see; control characters of others' texts are taken out. */
  text(row: T): string;
  right?: boolean;
}

/** Where results go: tables and sentences for people, or one JSON document per line for programs. */
export interface Output {
  readonly json: boolean;
  /** A list; streams, with memory for the first screens only. Returns the number of rows. */
  rows<T>(
    rows: AsyncIterable<T> | Iterable<T>,
    columns: Column<NoInfer<T>>[],
    empty: string,
  ): Promise<number>;
  /** One thing: named values for people, the object for programs. */
  item(object: unknown, lines: [string, string][]): Promise<void>;
  /** What was done. */
  done(object: unknown, sentence: string): Promise<void>;
  /** A line of text for people; nothing for programs. */
  text(line: string): Promise<void>;
}

const MEASURED = 500;
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
const control = /[\u0000-\u001a\u001c-\u001f\u007f-\u009f]/g;
const width = (text: string): number => stripVTControlCharacters(text).length;
const pad = (text: string, to: number, right: boolean | undefined): string => {
  const gap = ' '.repeat(Math.max(0, to - width(text)));
  return right ? gap + text : text + gap;
};

/** Infinity has no JSON; programs get null. */
const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;

export const createOutput = (json: boolean): Output => {
  const write = async (text: string) => {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  };
  return {
    json,
    async rows(rows, columns, empty) {
      let count = 0;
      if (json) {
        for await (const row of rows) {
          await write(jsonLine(row));
          count++;
        }
        return count;
      }
      const waiting: string[][] = [];
      let widths: number[] | undefined;
      const line = (cells: string[]) =>
        `${cells
          .map((cell, index) => pad(cell, widths![index]!, columns[index]!.right))
          .join('  ')
          .trimEnd()}\n`;
      const release = async () => {
        if (!widths) {
          widths = columns.map(({ title }, index) =>
            Math.max(title.length, ...waiting.map((cells) => width(cells[index]!))),
          );
          await write(paint('bold', line(columns.map(({ title }) => title)).trimEnd()).concat('\n'));
        }
        for (const cells of waiting.splice(0)) await write(line(cells));
      };
      for await (const row of rows) {
        count++;
        waiting.push(columns.map(({ text }) => text(row).replaceAll(control, ' ')));
        if (widths || waiting.length >= MEASURED) await release();
      }
      if (count === 0) await write(`${empty}\n`);
      else await release();
      return count;
    },
    async item(object, lines) {
      if (json) return write(jsonLine(object));
      const longest = Math.max(...lines.map(([name]) => name.length));
      for (const [name, value] of lines)
        await write(`${paint('dim', name.padEnd(longest))}  ${value.replaceAll(control, ' ')}\n`);
    },
    async done(object, sentence) {
      await write(json ? jsonLine(object) : `${sentence}\n`);
    },
    async text(line) {
      if (!json) await write(`${line}\n`);
    },
  };
};
