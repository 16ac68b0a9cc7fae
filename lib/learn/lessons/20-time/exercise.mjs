// Exercise of lesson 20. A list of timers. Times are in milliseconds; `now` is what the clock says.
// Mend it: no busy loop, equal times in the order in which they were added, a cancelled timer is not
// called, and what a timer adds while runDue runs is called by the next runDue.
export class Timers {
  list = [];

  /** Calls `callback` when the clock says `time`. Gives a function that cancels it. */
  add(time, callback) {
    this.list.unshift({ time, callback });
    return () => {};
  }

  /** The timeout for poll: whole milliseconds, 0 where one is due, -1 where there is no timer. */
  timeout(now) {
    const [first] = this.list;
    return first === undefined ? -1 : Math.trunc(first.time - now);
  }

  /** Calls those that are due. */
  runDue(now) {
    while (this.list.length > 0 && this.list[0].time <= now) this.list.shift().callback();
  }
}
