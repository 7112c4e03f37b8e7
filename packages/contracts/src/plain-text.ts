/**
 * What others said, as it can be stored and shown: control characters (PostgreSQL takes no NUL) become blanks, halves of
 * characters are replaced (also those that cutting leaves), and it has `longest` UTF-16 units at most.
 */
export const plainText = (text: string, longest: number): string =>
  text
    .slice(0, longest)
    .replace(/\p{Cc}/gu, (letter) => (letter === '\n' || letter === '\t' ? letter : ' '))
    .toWellFormed();
