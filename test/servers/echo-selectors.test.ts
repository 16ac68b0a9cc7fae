/** The echo server on selectors, with each of them. */
import { echoTests } from './echo-tests.ts';

echoTests([
  'echo-selectors --selector select',
  'echo-selectors --selector poll',
  'echo-selectors --selector epoll',
]);
