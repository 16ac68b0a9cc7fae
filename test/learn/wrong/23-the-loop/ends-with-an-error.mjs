// in three periods it was called 1 times
export function callEvery(loop, period, callback) {
  const began = loop.now();
  let isCancelled = false;
  let due = began;
  const schedule = () => {
    due = began + (Math.floor((loop.now() - began) / period) + 1) * period;
    loop.callLater(Math.max(0, due - loop.now()), again);
  };
  const again = () => {
    if (isCancelled) return;
    callback();
    if (!isCancelled) schedule();
  };
  schedule();
  return {
    cancel() {
      isCancelled = true;
    },
  };
}
