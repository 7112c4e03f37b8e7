/**
 * adler32, the checksum of the field (RFC 1950 section 8.2), in WebAssembly SIMD: about 10 GB per CPU-second, where
 * a loop in JavaScript does 1.6. No imports, so the browser uses it too. The module is assembled here, instruction
 * by instruction (WebAssembly core specification 3, "SIMD instructions"); where WebAssembly is forbidden (a page with
 * a strict content policy) the loop in JavaScript takes over.
 */

/** Largest prime below 2^16. */
const PRIME = 65521;
/** Most bytes whose sums fit into 32 bits before a reduction; a multiple of 16. */
const SPAN = 5552;
const PAGE = 65536;
/** Bytes handed over per call: the memory of the module. */
const WINDOW = 4 * PAGE;

/** The part of the WebAssembly interface used here; typed by hand because the type libraries differ. */
interface Assembly {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
  ) => {
    exports: { memory: { buffer: ArrayBuffer }; update(at: number, length: number, sum: number): number };
  };
}

type Code = readonly number[];

/** Unsigned LEB128. */
const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
/** Signed LEB128. */
const signed = (value: number): number[] =>
  value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
const vector = (items: readonly Code[]): number[] => [...leb(items.length), ...items.flat()];
const section = (id: number, items: readonly Code[]): number[] => {
  const body = vector(items);
  return [id, ...leb(body.length), ...body];
};
const text = (name: string): number[] => vector([...name].map((letter) => [letter.charCodeAt(0)]));

const I32 = 0x7f;
const V128 = 0x7b;
const VOID = 0x40;
const simd = (operation: number, ...rest: number[]): Code => [0xfd, ...leb(operation), ...rest];
const get = (local: number): Code => [0x20, local];
const set = (local: number): Code => [0x21, local];
const constant = (value: number): Code => [0x41, ...signed(value)];
const add: Code = [0x6a];
const subtract: Code = [0x6b];
const multiply: Code = [0x6c];
const remainder: Code = [0x70];
const and: Code = [0x71];
const or: Code = [0x72];
const shiftLeft: Code = [0x74];
const shiftRight: Code = [0x76];
const isZero: Code = [0x45];
const below: Code = [0x49];
const above: Code = [0x4b];
const select: Code = [0x1b];
const loadByte: Code = [0x2d, 0, 0];
const loadVector = simd(0x00, 0, 0);
const zeroVector = simd(0x0c, ...new Array<number>(16).fill(0));
const addVector = simd(0xae);
/** Sums neighbours: 16 bytes to 8 words, 8 words to 4 double words. */
const pairBytes = simd(0x7d);
const pairWords = simd(0x7f);
const lowWords = simd(0x89);
const highWords = simd(0x8a);
const dot = simd(0xba);
const words = (values: readonly number[]): Code => simd(0x0c, ...values.flatMap((value) => [value, 0]));
const block = (...body: Code[]): Code => [0x02, VOID, ...body.flat(), 0x0b];
const loop = (...body: Code[]): Code => [0x03, VOID, ...body.flat(), 0x0b];
const branch = (depth: number): Code => [0x0c, depth];
const branchIf = (depth: number): Code => [0x0d, depth];

const build = (): Uint8Array => {
  const [at, length, sum, low, high, end, span, lows, prefixes, highs, bytes] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ] as const;
  const lanes = (local: number): Code =>
    [0, 1, 2, 3].flatMap((lane) => [...get(local), ...simd(0x1b, lane), ...(lane > 0 ? add : [])]);
  const reduce = (local: number): Code => [...get(local), ...constant(PRIME), ...remainder, ...set(local)];
  // biome-ignore format: one thought per line
  const wholeVectors = block(
    loop(
      get(length), constant(16), below, branchIf(1),
      // span = min(length rounded down to 16, SPAN)
      constant(SPAN), get(length), constant(-16), and, get(length), constant(SPAN), above, select, set(span),
      // Every byte of the span adds the low sum of before once to the high sum.
      get(high), get(span), get(low), multiply, add, set(high),
      get(length), get(span), subtract, set(length),
      get(at), get(span), add, set(end),
      zeroVector, set(lows), zeroVector, set(prefixes), zeroVector, set(highs),
      loop(
        get(at), loadVector, set(bytes),
        // The low sums before these 16 bytes count 16 times in the high sum.
        get(prefixes), get(lows), addVector, set(prefixes),
        get(lows), get(bytes), pairBytes, pairWords, addVector, set(lows),
        // Within the 16 bytes the first counts 16 times, the last once.
        get(highs),
        get(bytes), lowWords, words([16, 15, 14, 13, 12, 11, 10, 9]), dot, addVector,
        get(bytes), highWords, words([8, 7, 6, 5, 4, 3, 2, 1]), dot, addVector,
        set(highs),
        get(at), constant(16), add, set(at),
        get(at), get(end), below, branchIf(0),
      ),
      get(low), lanes(lows), add, set(low), reduce(low),
      get(high), lanes(prefixes), constant(4), shiftLeft, add, lanes(highs), add, set(high), reduce(high),
      branch(0),
    ),
  );
  // biome-ignore format: one thought per line
  const rest = block(
    loop(
      get(length), isZero, branchIf(1),
      get(low), get(at), loadByte, add, set(low),
      get(high), get(low), add, set(high),
      get(at), constant(1), add, set(at),
      get(length), constant(1), subtract, set(length),
      branch(0),
    ),
  );
  const locals = vector([
    [...leb(4), I32],
    [...leb(4), V128],
  ]);
  // biome-ignore format: one thought per line
  const body = [
    ...locals,
    ...get(sum), ...constant(0xffff), ...and, ...set(low),
    ...get(sum), ...constant(16), ...shiftRight, ...set(high),
    ...wholeVectors, ...rest, ...reduce(low), ...reduce(high),
    ...get(high), ...constant(16), ...shiftLeft, ...get(low), ...or,
    0x0b,
  ];
  // biome-ignore format: one section per line
  return new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [[0x60, ...vector([[I32], [I32], [I32]]), ...vector([[I32]])]]),
    ...section(3, [[0]]),
    ...section(5, [[1, ...leb(WINDOW / PAGE), ...leb(WINDOW / PAGE)]]),
    ...section(7, [[...text('memory'), 2, 0], [...text('update'), 0, 0]]),
    ...section(10, [[...leb(body.length), ...body]]),
  ]);
};

/** Continues a sum in plain JavaScript. Slow and plainly right. */
export const adler32InJavaScript = (bytes: Uint8Array, sum = 1): number => {
  let low = sum & 0xffff;
  let high = sum >>> 16;
  for (let start = 0; start < bytes.length; start += SPAN) {
    const end = Math.min(start + SPAN, bytes.length);
    for (let at = start; at < end; at += 1) {
      low += bytes[at]!;
      high += low;
    }
    low %= PRIME;
    high %= PRIME;
  }
  return ((high << 16) | low) >>> 0;
};

const assemble = (): ((bytes: Uint8Array, sum: number) => number) => {
  const assembly = (globalThis as unknown as { WebAssembly?: Assembly }).WebAssembly;
  if (!assembly) return adler32InJavaScript;
  try {
    const { memory, update } = new assembly.Instance(new assembly.Module(build())).exports;
    const window = new Uint8Array(memory.buffer);
    return (bytes, sum) => {
      if (bytes.length <= WINDOW) {
        window.set(bytes);
        return update(0, bytes.length, sum) >>> 0;
      }
      let running = sum;
      for (let at = 0; at < bytes.length; at += WINDOW) {
        const part = bytes.subarray(at, at + WINDOW);
        window.set(part);
        running = update(0, part.length, running) >>> 0;
      }
      return running;
    };
  } catch {
    return adler32InJavaScript;
  }
};

let step: ((bytes: Uint8Array, sum: number) => number) | undefined;

export interface Adler32 {
  /** Adds bytes; returns itself. */
  update(bytes: Uint8Array): Adler32;
  /** The sum so far, eight lower-case hex digits. */
  digest(): string;
}

/** A running adler32. The sum of nothing is `00000001`. */
export const createAdler32 = (): Adler32 => {
  step ??= assemble();
  const run = step;
  let sum = 1;
  const self: Adler32 = {
    update(bytes) {
      sum = run(bytes, sum);
      return self;
    },
    digest: () => sum.toString(16).padStart(8, '0'),
  };
  return self;
};
