/** The echo servers on one call each. */
import { echoTests } from './echo-tests.ts';

echoTests(['echo-select', 'echo-poll', 'echo-epoll']);
