// Solution of lesson 23: each call is due at a multiple of the period, whatever the time is now.
export function callEvery(loop, period, callback) {
  const began = loop.now();
  let isCancelled = false;
  const schedule = () => {
    const due = Math.floor((loop.now() - began) / period) + 1;
    loop.callLater(began + due * period - loop.now(), again);
  };
  const again = () => {
    if (isCancelled) return;
    try {
      callback();
    } finally {
      if (!isCancelled) schedule(); // also where the callback throws
    }
  };
  schedule();
  return {
    cancel() {
      isCancelled = true;
    },
  };
}
