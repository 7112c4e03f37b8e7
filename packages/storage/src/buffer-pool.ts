export interface BufferPool {
  /** A buffer to fill; small when the large ones are all out, so that slow readers never hold up others. */
  take(): Buffer;
  give(buffer: Buffer): void;
}

const LARGE_BYTES = 256 * 1024;
const SMALL_BYTES = 32 * 1024;
const LARGE_AT_MOST = 64;

/** Buffers of 256 KiB for reading files, at most 64 of them; they are made when first needed and used again. */
export const createBufferPool = (): BufferPool => {
  const free: Buffer[] = [];
  let made = 0;
  return {
    take() {
      const buffer = free.pop();
      if (buffer) return buffer;
      if (made >= LARGE_AT_MOST) return Buffer.allocUnsafeSlow(SMALL_BYTES);
      made += 1;
      return Buffer.allocUnsafeSlow(LARGE_BYTES);
    },
    give(buffer) {
      if (buffer.length === LARGE_BYTES) free.push(buffer);
    },
  };
};
