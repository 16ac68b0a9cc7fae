/** For the tests that wait most of their time: those of one file run side by side. */
import { vi } from 'vitest';

// vitest ignores `sequence.concurrent` of a single project.
vi.setConfig({ sequence: { concurrent: true }, maxConcurrency: 6 });
