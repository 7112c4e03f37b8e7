import { fail } from '@leman/contracts';

/** What a Python literal may hold here. */
export type Literal = null | boolean | number | string | Literal[] | { [key: string]: Literal };

const MAX_LENGTH = 64 * 1024;
const MAX_DEPTH = 8;
const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/**
 * Reads a Python literal: lists, tuples, dictionaries, text, numbers, True, False, None. It is how the field's
 * clients write the filters of a search. Nothing is evaluated; size and depth are bounded.
 * @throws DIDFilterSyntaxError 400
 */
export const parsePythonLiteral = (text: string): Literal => {
  let at = 0;
  const wrong = (what: string) =>
    fail(
      'DIDFilterSyntaxError',
      `Filters: ${what} at position ${at}. Write a list of dictionaries, like [{'name': 'data*'}].`,
    );
  if (text.length > MAX_LENGTH) throw wrong(`more than ${MAX_LENGTH} characters`);

  const space = () => {
    while (at < text.length && /\s/.test(text[at]!)) at += 1;
  };
  const string = (quote: string): string => {
    at += 1;
    let value = '';
    for (;;) {
      const letter = text[at];
      if (letter === undefined || letter === '\n') throw wrong('text without an end');
      at += 1;
      if (letter === quote) return value;
      if (letter !== '\\') {
        value += letter;
        continue;
      }
      const code = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/.exec(text.slice(at, at + 5));
      if (code) {
        value += String.fromCharCode(Number.parseInt(code[1] ?? code[2]!, 16));
        at += code[0].length;
      } else {
        const next = text[at] ?? '';
        value += escapes[next] ?? `\\${next}`;
        at += 1;
      }
    }
  };
  const items = (end: string, depth: number): Literal[] => {
    at += 1;
    const list: Literal[] = [];
    for (;;) {
      space();
      if (text[at] === end) {
        at += 1;
        return list;
      }
      list.push(value(depth + 1));
      space();
      if (text[at] === ',') at += 1;
      else if (text[at] !== end) throw wrong(`"," or "${end}" is missing`);
    }
  };
  const dictionary = (depth: number): Literal => {
    at += 1;
    const entries: [string, Literal][] = [];
    for (;;) {
      space();
      if (text[at] === '}') {
        at += 1;
        return Object.fromEntries(entries);
      }
      const key = value(depth + 1);
      if (typeof key !== 'string') throw wrong('a key that is not text');
      space();
      if (text[at] !== ':') throw wrong('":" is missing');
      at += 1;
      entries.push([key, value(depth + 1)]);
      space();
      if (text[at] === ',') at += 1;
      else if (text[at] !== '}') throw wrong('"," or "}" is missing');
    }
  };
  const value = (depth: number): Literal => {
    if (depth > MAX_DEPTH) throw wrong(`more than ${MAX_DEPTH} levels`);
    space();
    const letter = text[at];
    if (letter === '[') return items(']', depth);
    if (letter === '(') return items(')', depth);
    if (letter === '{') return dictionary(depth);
    if (letter === "'" || letter === '"') return string(letter);
    const word = /^(True|False|None|true|false|null)\b/.exec(text.slice(at, at + 6))?.[1];
    if (word) {
      at += word.length;
      return /^t/i.test(word) ? true : /^f/i.test(word) ? false : null;
    }
    const number = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?/.exec(text.slice(at, at + 40))?.[0];
    if (!number) throw wrong('something that is no literal');
    at += number.length;
    return Number(number);
  };
  const result = value(0);
  space();
  if (at < text.length) throw wrong('more after the end');
  return result;
};
