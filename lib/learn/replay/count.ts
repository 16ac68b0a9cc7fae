/** A number with its noun. */

/** `1 byte`, `2 bytes`. */
export const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
