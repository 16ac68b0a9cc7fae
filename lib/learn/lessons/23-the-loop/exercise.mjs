// Exercise of lesson 23. A timer that is due every so often, for a loop that has only callLater.
// This one drifts: the time that the callback takes is added to each period. And it cannot be stopped.
// Mend it: the calls are due at the multiples of the period, counted from the beginning. A call for
// which it is too late is left out, not made up for. cancel() ends it, also within the callback.

/**
 * @param loop has now(), in milliseconds, and callLater(milliseconds, callback)
 * @returns { cancel() }
 */
export function callEvery(loop, period, callback) {
  const again = () => {
    callback();
    loop.callLater(period, again);
  };
  loop.callLater(period, again);
  return { cancel() {} };
}
