/** The table of programs. A program, and the addon, is imported only when it runs. */
import type { ServeOptions } from './support/start.js';

export interface Program {
  readonly name: string;
  /** The default port on which it listens; for a client, to which it connects. */
  readonly port: number;
  readonly description: string;
  /** Whether the user can choose the system call of its waits. */
  readonly takesSelector: boolean;
  /** Whether it connects to a target, which the user must name. */
  readonly takesTarget?: boolean;
  /** Whether it has the option to end each message with a newline. */
  readonly takesNewline?: boolean;
  /** The default port on which it listens for publishers, if it has any. */
  readonly publishPort?: number;
  /** Whether the number of its clients can be limited; default: true. */
  readonly takesMaxClients?: boolean;
  /** Whether it can run in several threads. */
  readonly takesWorkers?: boolean;
  /** Whether it is a client, which does not listen. */
  readonly isClient?: boolean;
  load(): Promise<{ serve(options: ServeOptions): void | Promise<void> }>;
}

export const programs: readonly Program[] = [
  {
    name: 'minimal',
    port: 5000,
    description: 'upper-cases what it gets; the smallest server on select()',
    takesSelector: false,
    load: () => import('./minimal.js'),
  },
  {
    name: 'echo-select',
    port: 8881,
    description: 'echoes every byte; written on select() alone',
    takesSelector: false,
    takesWorkers: true,
    load: () => import('./echo-select.js'),
  },
  {
    name: 'echo-poll',
    port: 8881,
    description: 'echoes every byte; written on poll() alone',
    takesSelector: false,
    takesWorkers: true,
    load: () => import('./echo-poll.js'),
  },
  {
    name: 'echo-epoll',
    port: 8881,
    description: 'echoes every byte; written on epoll alone (Linux)',
    takesSelector: false,
    takesWorkers: true,
    load: () => import('./echo-epoll.js'),
  },
  {
    name: 'echo-selectors',
    port: 8881,
    description: 'echoes every byte; written on selectors',
    takesSelector: true,
    takesWorkers: true,
    load: () => import('./echo-selectors.js'),
  },
  {
    name: 'echo-asyncore',
    port: 8881,
    description: 'echoes every byte; written on asyncore',
    takesSelector: true,
    takesWorkers: true,
    load: () => import('./echo-asyncore.js'),
  },
  {
    name: 'echo-asynchat',
    port: 8881,
    description: 'echoes whole lines, without newlines or with --newline; written on asynchat',
    takesSelector: true,
    takesNewline: true,
    load: () => import('./echo-asynchat.js'),
  },
  {
    name: 'echo-async',
    port: 8881,
    description: "echoes every byte; on selectors and promises, in Node's own event loop",
    takesSelector: true,
    load: () => import('./echo-async.js'),
  },
  {
    name: 'echo-reactor',
    port: 8881,
    description: "echoes every byte; on the reactor, in Twisted's words",
    takesSelector: true,
    takesWorkers: true,
    load: () => import('./echo-reactor.js'),
  },
  {
    name: 'chat-bob',
    port: 7777,
    description: 'a chat: every line goes to all clients; written on select() alone',
    takesSelector: false,
    load: () => import('./chat-bob.js'),
  },
  {
    name: 'chat-reactor',
    port: 51423,
    description: "a chat: every line goes to all clients; on the reactor, in Twisted's words",
    takesSelector: true,
    load: () => import('./chat-reactor.js'),
  },
  {
    name: 'forward',
    port: 8882,
    description: 'passes every byte on to --target and back; on the event loop',
    takesSelector: true,
    takesWorkers: true,
    takesTarget: true,
    load: () => import('./forward.js'),
  },
  {
    name: 'time-broadcast',
    port: 1600,
    description: 'the time, ten times a second, the same for all; on components',
    takesSelector: true,
    takesNewline: true,
    load: () => import('./time-broadcast.js'),
  },
  {
    name: 'time-relay',
    port: 1600,
    description: 'what is sent to --publish-port goes to all clients; on components',
    takesSelector: true,
    publishPort: 1599,
    load: () => import('./time-relay.js'),
  },
  {
    name: 'time-source',
    port: 1599,
    description: 'publishes the time at a time-relay; on components',
    takesSelector: true,
    takesMaxClients: false,
    takesNewline: true,
    isClient: true,
    load: () => import('./time-source.js'),
  },
];
