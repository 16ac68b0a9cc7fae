/** Values that are determined once per run. */

/** A function that calls `ask` once and keeps the result. */
export function once<T extends string | number | boolean>(ask: () => T): () => T {
  let answer: T | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}
