/** The echo server on asyncore, with each call that its loop can wait with. */
import { echoTests } from './echo-tests.ts';

echoTests(
  [
    'echo-asyncore --selector select',
    'echo-asyncore --selector poll',
    'echo-asyncore --selector epoll',
  ],
  { lines: { transfers: false, disconnected: (name) => `Disconnected from ${name}` } },
);
