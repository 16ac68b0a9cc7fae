/** The echo server that does not block, with each of the selectors. */
import { PROGRAM_SELECTORS } from '../support/amount.ts';
import { echoTests } from './echo-tests.ts';

echoTests(PROGRAM_SELECTORS.map((selector) => `echo-async --selector ${selector}`));
