/** Which runtime this is: the addon is the same in all of them, what it may do is not. */

/** Node itself, with libuv below; Bun and Deno also call themselves node in some places. */
export const isNode = process.versions.bun === undefined && !('Deno' in globalThis);
