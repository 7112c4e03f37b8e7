/**
 * Writes the little of DER (ITU-T X.690) that a certificate needs.
 */

const wrap = (tag: number, content: Uint8Array): Buffer => {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};

export const der = {
  sequence: (...items: Uint8Array[]): Buffer => wrap(0x30, Buffer.concat(items)),
  set: (...items: Uint8Array[]): Buffer => wrap(0x31, Buffer.concat(items)),
  /** A positive integer, big-endian. */
  integer: (bytes: Uint8Array): Buffer =>
    wrap(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes),
  truth: (): Buffer => wrap(0x01, Buffer.of(0xff)),
  octets: (bytes: Uint8Array): Buffer => wrap(0x04, bytes),
  bits: (bytes: Uint8Array, unused = 0): Buffer => wrap(0x03, Buffer.concat([Buffer.of(unused), bytes])),
  text: (value: string): Buffer => wrap(0x0c, Buffer.from(value, 'utf8')),
  /** `2.5.4.3` */
  identifier: (dotted: string): Buffer => {
    const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
    const bytes = [first * 40 + second];
    for (const arc of rest) {
      const groups = [arc & 0x7f];
      for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
      bytes.push(...groups);
    }
    return wrap(0x06, Buffer.from(bytes));
  },
  /** GeneralizedTime from 2050 on, UTCTime before (RFC 5280 4.1.2.5). */
  time: (milliseconds: number): Buffer => {
    const digits = `${new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, '')}`;
    return Number(digits.slice(0, 4)) >= 2050
      ? wrap(0x18, Buffer.from(digits))
      : wrap(0x17, Buffer.from(digits.slice(2)));
  },
  /** Context tag [n]; `constructed` when it holds other items. */
  context: (number: number, content: Uint8Array, constructed = true): Buffer =>
    wrap((constructed ? 0xa0 : 0x80) | number, content),
};
