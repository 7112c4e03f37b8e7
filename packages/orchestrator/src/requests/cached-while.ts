/**
 * Remembers the answer of a costly question for a second, or 20 times as long as it took: however many ask, it takes at
 * most a twentieth of one connection's time. Those who ask while it is being found out wait for the same answer.
 */
export const cachedWhile = <T>(ask: () => Promise<T>): (() => Promise<T>) => {
  const SHORTEST_MS = 1_000;
  const TIMES = 20;
  let answer: Promise<T> | undefined;
  let until = 0;
  return () => {
    if (answer && performance.now() < until) return answer;
    const from = performance.now();
    until = Number.POSITIVE_INFINITY;
    const asked = ask();
    answer = asked;
    asked.then(
      () => {
        const now = performance.now();
        until = now + Math.max(SHORTEST_MS, (now - from) * TIMES);
      },
      () => {
        until = 0;
      },
    );
    return asked;
  };
};
