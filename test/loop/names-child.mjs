/** Connects to host names and prints what happens as JSON. Arguments: selector, run or runAsync, port. */
import { connect, EventLoop } from 'fdselect/loop';

const [selector, run, port] = process.argv.slice(2);
const loop = new EventLoop({ selector });
let ticks = 0;
const every = loop.callEvery(0.01, () => ticks++);
const results = {};
const names = ['slow.test', 'race.test', 'closed.test', 'unknown.invalid'];
let pending = names.length;
const start = performance.now();
const end = (name, result) => {
  results[name] = { ...result, seconds: (performance.now() - start) / 1000, ticks };
  if (--pending === 0) every.cancel();
};
for (const name of names) {
  const at = name === 'closed.test' ? 1 : Number(port);
  connect(loop, [name, at], {
    onConnection: (connection) => {
      end(name, { peer: connection.peer[0] });
      connection.abort();
      return { data() {}, lost() {} };
    },
    onFailed: ({ code, syscall, errors = [] }) => {
      end(name, { code, syscall, errors: errors.map((one) => `${one.address} ${one.code}`) });
    },
  });
}
await loop[run]();
loop.close();
console.log(JSON.stringify(results));
