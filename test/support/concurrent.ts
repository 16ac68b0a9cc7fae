/** For files whose tests wait most of their time: the tests of such a file run side by side. */
import { vi } from 'vitest';

// The runner reads `sequence.concurrent` here, but vitest passes on the root configuration's value
// only, not a project's, and the type of setConfig() does not list it.
const sequence = { concurrent: true, hooks: 'stack' as const };
vi.setConfig({ sequence, maxConcurrency: 6 });
