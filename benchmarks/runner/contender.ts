/** What the runner knows of a contender: what it is called, what it needs, how to start it. */

/** A file and its arguments. */
export type Command = readonly [file: string, ...args: string[]];

export type Mechanism = 'select' | 'poll' | 'epoll';

/** Something that may not be installed. */
export interface Requirement {
  /** How to get it. */
  how: string;
  isThere(): boolean;
}

/** A process that does jobs; several contenders may live in one, to be measured in the same process. */
export interface JobHost {
  /** Contenders with the same key share the process. */
  key: string;
  command: Command;
  /** What the host loads for this contender. */
  module: string;
}

export interface Contender {
  /** As it is typed after `--contenders`. */
  name: string;
  label: string;
  family: string;
  mechanism?: Mechanism;
  needs?: Requirement;
  /** It runs on Node 26; others of its kind on the Node that runs the suite. */
  isOnNode26?: boolean;
  /** Not because it could not: it would tell nothing new. */
  limits?: {
    /** It cannot have fds from 1024 on. */
    isBelowFdSetsize?: boolean;
  };
  /** Announces `{"port":N}`, or as `fdselect serve` where it listens, and serves. */
  echo?: Command;
  calls?: JobHost;
  churn?: JobHost;
  /** With fd 3 as what becomes ready: answers delays for each number. */
  wake?: Command;
  /** Makes so many fds ready itself, in its own thread. */
  wakeItself?: (count: number) => Command;
  /** What is imported, where start-up is measured. */
  imports?: string;
}
