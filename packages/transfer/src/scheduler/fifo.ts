/** A first-in first-out queue of numbers: file ids with their sizes, 16 bytes each. */
export interface Fifo {
  readonly length: number;
  push(fileId: number, size: number): void;
  shift(): { fileId: number; size: number } | undefined;
  firstSize(): number;
  /** Takes the given ids out; gives how many were in. */
  remove(fileIds: ReadonlySet<number>): number;
}

const COMPACT_FROM = 1024;

export const createFifo = (): Fifo => {
  let ids: number[] = [];
  let sizes: number[] = [];
  let head = 0;
  return {
    get length() {
      return ids.length - head;
    },
    push(fileId, size) {
      ids.push(fileId);
      sizes.push(size);
    },
    shift() {
      if (head >= ids.length) return undefined;
      const taken = { fileId: ids[head]!, size: sizes[head]! };
      head++;
      if (head >= COMPACT_FROM && head * 2 > ids.length) {
        ids = ids.slice(head);
        sizes = sizes.slice(head);
        head = 0;
      }
      return taken;
    },
    firstSize: () => sizes[head] ?? 0,
    remove(fileIds) {
      const before = ids.length - head;
      const kept: number[] = [];
      const keptSizes: number[] = [];
      for (let at = head; at < ids.length; at++) {
        if (fileIds.has(ids[at]!)) continue;
        kept.push(ids[at]!);
        keptSizes.push(sizes[at]!);
      }
      if (kept.length === before) return 0;
      ids = kept;
      sizes = keptSizes;
      head = 0;
      return before - kept.length;
    },
  };
};
