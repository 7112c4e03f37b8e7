const CARD = 80;
const BLOCK = 2880;
const SIDE = 256;

/** Repeatable numbers in [0, 1) (mulberry32), so that every lake has the same samples. */
const numbers = (seed: number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const padded = (length: number): number => Math.ceil(length / BLOCK) * BLOCK;

/**
 * A small picture of a sky that does not exist, in FITS (FITS standard 4.0: cards of 80 characters, blocks of 2,880
 * bytes, 16-bit big-endian pixels). About 134 kB.
 */
export const sampleImage = (seed: number, object: string): Buffer => {
  const random = numbers(seed);
  const cards = [
    'SIMPLE  =                    T',
    'BITPIX  =                   16',
    'NAXIS   =                    2',
    `NAXIS1  = ${String(SIDE).padStart(20)}`,
    `NAXIS2  = ${String(SIDE).padStart(20)}`,
    `OBJECT  = '${object.padEnd(8)}'`,
    "ORIGIN  = 'Leman sample'",
    'END',
  ];
  const head = cards.map((card) => card.padEnd(CARD)).join('');
  const data = new Int16Array(SIDE * SIDE);
  for (let index = 0; index < data.length; index++) data[index] = 200 + 40 * (random() + random() + random());
  for (let star = 0; star < 60; star++) {
    const [x, y, light] = [random() * SIDE, random() * SIDE, 300 / (0.02 + random())];
    for (let dy = -6; dy <= 6; dy++) {
      for (let dx = -6; dx <= 6; dx++) {
        const [px, py] = [Math.floor(x) + dx, Math.floor(y) + dy];
        if (px < 0 || py < 0 || px >= SIDE || py >= SIDE) continue;
        const at = py * SIDE + px;
        data[at] = Math.min(32_767, data[at]! + light * Math.exp(-(dx * dx + dy * dy) / 4));
      }
    }
  }
  const image = Buffer.alloc(padded(head.length) + padded(data.byteLength));
  image.fill(0x20, 0, padded(head.length));
  image.write(head, 0, 'latin1');
  for (const [index, value] of data.entries()) image.writeInt16BE(value, padded(head.length) + index * 2);
  return image;
};
