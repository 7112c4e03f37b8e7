/** What is read from: the body of a fetch answer, in Node and in the browser. */
export interface ByteSource {
  getReader(): {
    read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
    cancel(reason?: unknown): Promise<void>;
  };
}

/**
 * The lines of a body as they arrive, without their ends; empty lines too. Memory: one line and one chunk.
 * Leaving the loop early ends the transfer.
 */
export async function* readLines(body: ByteSource): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      rest += decoder.decode(value, { stream: true });
      if (!rest.includes('\n')) continue;
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    }
    ended = true;
    rest += decoder.decode();
    if (rest) yield rest;
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
  }
}
