/** Which loops run over which map of channels, for those who change one. */

/** A loop that runs, as its channels see it. */
export interface Running {
  /** Whether it is one that does not block. */
  readonly isAsync: boolean;
  /** The file of a channel is about to be closed, or is somebody else's from now on. */
  forget(fd: number): void;
  /** Another loop tells what has happened, for example one in a handler of this one. */
  overtaken(): void;
  /** A channel was added, or wants something else than before. */
  changed(): void;
}

const running = new WeakMap<object, Set<Running>>();

/** The loops that run over a map. */
export function runningOver(map: object): Iterable<Running> {
  return running.get(map) ?? [];
}

export function startOver(map: object, loop: Running): void {
  const loops = running.get(map);
  if (loops === undefined) running.set(map, new Set([loop]));
  else loops.add(loop);
}

export function endOver(map: object, loop: Running): void {
  running.get(map)?.delete(loop);
}
