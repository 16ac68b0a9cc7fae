/** Lesson 26: two loops in one process: that of Node.js, and a wait of your own. */
import { select, selectAsync } from 'fdselect';

const run = process.argv[2] ?? 'blocked';

let ticks = 0;
const timer = setInterval(() => ticks++, 5);

if (run === 'blocked') {
  select([], [], [], 0.1); // the bug: all of Node.js sleeps as well
  console.log(`while select slept, the timer ran: ${ticks > 0}`);
}

if (run === 'beside') {
  await selectAsync([], [], [], 0.1);
  console.log(`while selectAsync waited, the timer ran: ${ticks > 0}`);
}

clearInterval(timer);
