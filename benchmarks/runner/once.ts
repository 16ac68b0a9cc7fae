/** Answers that do not change during a run. */

/** Asks at the first call, and remembers. */
export function once<T extends string | number | boolean>(ask: () => T): () => T {
  let answer: T | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}
