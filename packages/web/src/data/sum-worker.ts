import { createAdler32 } from '@leman/contracts';

const self = globalThis as unknown as {
  onmessage: ((event: MessageEvent<File>) => void) | null;
  postMessage(answer: { sum: string } | { error: string }): void;
};

self.onmessage = async ({ data }) => {
  try {
    const sum = createAdler32();
    const reader = data.stream().getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      sum.update(value);
    }
    self.postMessage({ sum: sum.digest() });
  } catch (error) {
    self.postMessage({ error: (error as Error).message });
  }
};
