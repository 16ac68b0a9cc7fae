/** Preloaded into a server: performance.now() runs at a tenth of its speed. */
const now = performance.now.bind(performance);
const start = now();
performance.now = () => start + (now() - start) / 10;
