// the timeout is 2 and not 3
export class Timers {
  list = [];
  add(time, callback) {
    const timer = { time, callback };
    this.list.push(timer);
    this.list.sort((a, b) => a.time - b.time);
    return () => {
      timer.callback = () => {};
      this.list = this.list.filter((other) => other !== timer);
    };
  }
  timeout(now) {
    const [first] = this.list;
    return first === undefined ? -1 : Math.max(0, Math.trunc(first.time - now));
  }
  runDue(now) {
    const due = this.list.filter(({ time }) => time <= now);
    this.list = this.list.filter(({ time }) => time > now);
    for (const timer of due) timer.callback();
  }
}
