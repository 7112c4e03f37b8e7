import { fail } from '@leman/contracts';

export type ExpressionToken =
  | { kind: 'open' }
  | { kind: 'close' }
  | { kind: 'operator'; operator: '|' | '&' | '\\' }
  | { kind: 'primitive'; key: string; comparison: '=' | '<' | '>' | '*'; value: string };

const LONGEST = 3000;
const comparison = /([A-Za-z0-9._-]+)([=<>])([A-Za-z0-9_-]+)/y;
const bareWord = /[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*/y;

const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

/**
 * The tokens of an RSE expression, whose grammar is checked on the way:
 * `expr := term (('|' | '&' | '\') term)*`, `term := '(' expr ')' | key=value | key<value | key>value | word | '*'`,
 * without spaces. A bare word is the attribute of that name being true (every RSE has its own name as an attribute).
 *
 * @throws InvalidRSEExpression with the given status.
 */
export const tokenizeExpression = (
  expression: string,
  status: { status?: number } = {},
): ExpressionToken[] => {
  const bad = (why: string) =>
    fail('InvalidRSEExpression', `${why} in the RSE expression '${expression}'.`, status);
  if (expression.length > LONGEST)
    throw fail('InvalidRSEExpression', `The RSE expression is longer than ${LONGEST} characters.`, status);
  const tokens: ExpressionToken[] = [];
  let depth = 0;
  let wantsTerm = true;
  let at = 0;
  while (at < expression.length) {
    const char = expression[at]!;
    if (wantsTerm) {
      if (char === '(') {
        depth += 1;
        tokens.push({ kind: 'open' });
        at += 1;
        continue;
      }
      const compared = matchAt(comparison, expression, at);
      const word = compared
        ? undefined
        : (matchAt(bareWord, expression, at)?.[0] ?? (char === '*' ? '*' : undefined));
      if (compared) {
        const [, key, sign, value] = compared as unknown as [string, string, '=' | '<' | '>', string];
        tokens.push({ kind: 'primitive', key, comparison: sign, value });
      } else if (word) {
        tokens.push({ kind: 'primitive', key: word, comparison: word === '*' ? '*' : '=', value: 'true' });
      } else {
        throw bad(
          `Expression does not comply to RSE Expression syntax: unexpected '${char}' at position ${at + 1}`,
        );
      }
      at += compared ? compared[0].length : word!.length;
      wantsTerm = false;
    } else if (char === ')') {
      depth -= 1;
      if (depth < 0) throw bad('Problem with parentheses: one is closed that was not opened');
      tokens.push({ kind: 'close' });
      at += 1;
    } else if (char === '|' || char === '&' || char === '\\') {
      tokens.push({ kind: 'operator', operator: char });
      wantsTerm = true;
      at += 1;
    } else {
      throw bad(
        `Expression does not comply to RSE Expression syntax: unexpected '${char}' at position ${at + 1}`,
      );
    }
  }
  if (wantsTerm) throw bad('Expression does not comply to RSE Expression syntax: it ends too early');
  if (depth > 0) throw bad('Problem with parentheses: one is not closed');
  return tokens;
};
