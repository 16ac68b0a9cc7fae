/** The echo server on asyncore, with each call that its loop can wait with. */
import { PROGRAM_SELECTORS } from '../support/amount.ts';
import { echoTests } from './echo-tests.ts';

echoTests(
  PROGRAM_SELECTORS.map((selector) => `echo-asyncore --selector ${selector}`),
  { lines: { transfers: false, disconnected: (name) => `Disconnected from ${name}` } },
);
