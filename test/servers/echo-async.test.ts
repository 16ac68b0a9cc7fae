/** The echo server that does not block, with each of the selectors. */
import { echoTests } from './echo-tests.ts';

echoTests([
  'echo-async --selector select',
  'echo-async --selector poll',
  'echo-async --selector epoll',
]);
