/** Which loops run over which map, so that channels can tell them what has changed. */

/** A running loop, as its map and its channels see it. */
export interface Running {
  readonly isAsync: boolean;
  /** What the map holds under this number has changed, or wants other events than before. */
  changed(fd: number): void;
  /** The channel with this number has left, and its file is about to be closed. */
  forget(fd: number): void;
  /** Another loop over the same map delivers events, for example one in a handler of this one. */
  overtaken(): void;
}

const running = new WeakMap<object, Running[]>();

/** The loops that run over a map: always the same array, which may be kept. */
export function loopsOver(map: object): Running[] {
  let loops = running.get(map);
  if (loops === undefined) {
    loops = [];
    running.set(map, loops);
  }
  return loops;
}
