// the calls came at 100 230
export function callEvery(loop, period, callback) {
  const began = loop.now();
  let isCancelled = false;
  let due = began;
  const schedule = () => {
    due = loop.now() + period;
    loop.callLater(Math.max(0, due - loop.now()), again);
  };
  const again = () => {
    if (isCancelled) return;
    callback();
    schedule();
  };
  schedule();
  return {
    cancel() {
      isCancelled = true;
    },
  };
}
