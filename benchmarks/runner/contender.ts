/** The description of a contender: its name, its requirements, and how to start it. */

/** A file and its arguments. */
export type Command = readonly [file: string, ...args: string[]];

export type Mechanism = 'select' | 'poll' | 'epoll';

/** A requirement that may not be installed. */
export interface Requirement {
  /** How to get it. */
  how: string;
  isThere(): boolean;
}

/** A process that runs jobs; several contenders may share one, to be measured in the same process. */
export interface JobHost {
  /** Contenders with the same key share the process. */
  key: string;
  command: Command;
  /** The module that the host loads for this contender. */
  module: string;
}

export interface Contender {
  /** Its name for `--contenders`. */
  name: string;
  label: string;
  family: string;
  mechanism?: Mechanism;
  needs?: Requirement;
  /** It runs on Node 26; others of its kind on the Node that runs the suite. */
  isOnNode26?: boolean;
  /** The sizes that it is not measured with. */
  limits?: {
    /** Whether it is limited to fds below 1024. */
    isBelowFdSetsize?: boolean;
  };
  /** Announces `{"port":N}`, or as `fdselect serve` where it listens, and serves. */
  echo?: Command;
  calls?: JobHost;
  churn?: JobHost;
  /** Waits for fd 3; for each number on stdin it prints as many delays. */
  wake?: Command;
  /** How many fds it makes ready itself, in its own thread. */
  wakeItself?: (count: number) => Command;
  /** The module whose import is measured. */
  imports?: string;
}
