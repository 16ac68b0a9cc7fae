/**
 * echo-async in a process that does something else too: a timer of 1 ms, which notes the largest
 * gap between two of its ticks. Over IPC: "begin" forgets what was noted, "report" asks for it.
 */
const { serve } = await import(new URL('../../dist/servers/echo-async.js', import.meta.url).href);

let largestGap = 0;
let ticks = 0;
let last = performance.now();

setInterval(() => {
  const now = performance.now();
  largestGap = Math.max(largestGap, now - last);
  ticks++;
  last = now;
}, 1);

process.on('message', (message) => {
  if (message === 'report') process.send({ largestGap, ticks });
  largestGap = 0;
  ticks = 0;
  last = performance.now();
});

await serve({ host: '127.0.0.1', port: 0, quiet: true, hint: false });
process.exit(0);
