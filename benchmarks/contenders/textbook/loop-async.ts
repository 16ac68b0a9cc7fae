/** The example of `docs/loop.md` for fdselect/loop, but with runAsync(): Node's own events go on. */
import type { Echo } from '../roles.js';
import { listening } from './loop.js';

export const echo: Echo = () => listening().runAsync();
