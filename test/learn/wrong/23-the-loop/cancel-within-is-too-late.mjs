// a timer of a cancelled call is left
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
    try {
      callback();
    } finally {
      schedule();
    }
  };
  schedule();
  return {
    cancel() {
      isCancelled = true;
    },
  };
}
