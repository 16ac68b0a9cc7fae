/** The running loops of each map, so that channels can report changes to them. */

/** A running loop, as its map and its channels see it. */
export interface Running {
  readonly isAsync: boolean;
  /** Reports that the map has another channel for this fd, or that the channel's interest changed. */
  changed(fd: number): void;
  /** Reports that the channel with this fd was removed, and that its file will be closed. */
  forget(fd: number): void;
  /** Reports that another loop over the map delivers events, such as a loop within a handler. */
  overtaken(): void;
}

const running = new WeakMap<object, Running[]>();

/** The loops that run over a map; always the same array, so a caller may keep it. */
export function loopsOver(map: object): Running[] {
  let loops = running.get(map);
  if (loops === undefined) {
    loops = [];
    running.set(map, loops);
  }
  return loops;
}
