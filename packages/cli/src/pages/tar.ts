/**
 * Headers of a tar archive (POSIX.1-2001, pax interchange format). Names over 100 bytes, names outside ASCII and
 * sizes from 8 GiB on do not fit into the plain header and go into an extended one before it.
 */
const BLOCK = 512;
const PLAIN_NAME = 100;
const PLAIN_SIZE = 8 ** 11;

/** Zeros up to the next whole block. */
export const padding = (bytes: number): Buffer => Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK);

/** Two empty blocks. */
export const tarEnd = (): Buffer => Buffer.alloc(2 * BLOCK);

const plainHeader = (name: string, bytes: number, seconds: number, kind: '0' | 'x'): Buffer => {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0, PLAIN_NAME, 'latin1');
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(bytes % PLAIN_SIZE, 11), 124);
  header.write(octal(Math.floor(seconds), 11), 136);
  header.write('        ', 148);
  header.write(kind, 156);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
};

/** A pax record: its own length in bytes, the key, the value. */
const record = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  const size = Buffer.byteLength(rest);
  let length = size + String(size).length;
  length = size + String(length).length;
  return `${length}${rest}`;
};

/** What goes before the bytes of a file. `seconds`: time of change since 1970. */
export const tarHeader = (name: string, bytes: number, seconds: number): Buffer => {
  const records: string[] = [];
  if (Buffer.byteLength(name) > PLAIN_NAME || /[^\x20-\x7e]/.test(name)) records.push(record('path', name));
  if (bytes >= PLAIN_SIZE) records.push(record('size', String(bytes)));
  const short = name.slice(-PLAIN_NAME).replace(/[^\x20-\x7e]/g, '_');
  const plain = plainHeader(short, bytes, seconds, '0');
  if (records.length === 0) return plain;
  const extended = Buffer.from(records.join(''));
  return Buffer.concat([
    plainHeader('PaxHeader', extended.length, seconds, 'x'),
    extended,
    padding(extended.length),
    plain,
  ]);
};
