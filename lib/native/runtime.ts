/** Detects the runtime: the addon is the same in all runtimes, but only Node has libuv. */

/** True in Node. Bun and Deno also set `process.versions.node`, so they are tested for. */
export const isNode = process.versions.bun === undefined && !('Deno' in globalThis);
