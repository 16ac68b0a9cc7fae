/**
 * The seed of the tests that draw their cases at random.
 *
 * It is always the same, so that a run which fails says something about the change that it tests.
 * FDSELECT_SEED sets another one, and the long campaigns (`npm run test:fuzz:long` and the like) set
 * it to `random`: each run of these tries new cases. A test prints its seed in its title.
 */
const { FDSELECT_SEED = '20261127' } = process.env;

export const SEED = FDSELECT_SEED === 'random' ? Date.now() % 2 ** 31 : Number(FDSELECT_SEED);
