// times in one runDue
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
    return first === undefined ? -1 : Math.max(0, Math.ceil(first.time - now));
  }
  runDue(now) {
    while (this.list.length > 0 && this.list[0].time <= now) this.list.shift().callback();
  }
}
