/**
 * For every test: it begins with a turn of the event loop. Answers at once may follow each other for
 * some milliseconds only, and the test before may have had some.
 */
import { beforeEach } from 'vitest';

beforeEach(() => new Promise((resolve) => setImmediate(resolve)));
