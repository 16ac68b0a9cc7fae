/**
 * Imported for its effect: opens this process's waiter, which stays open, before the fds that a
 * test file must leave as they were are counted.
 */
import { selectAsync } from 'fdselect';

await selectAsync([], [], [], 0.001);
