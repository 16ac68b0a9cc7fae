/**
 * Calls every public function, and the addon's own, with garbage: the only allowed results are values
 * and exceptions.
 *
 * Arguments: seed, number of calls, file for the description of the current call. The functions are
 * found by reflection over the package's exports, so that new functions are called too. Some of them
 * could wait for ever, so the arguments prevent it: sockets are non-blocking, polls, epolls and
 * selectors hold a file that is always ready, select gets no timeout that waits. Calls that wait
 * without blocking may stay pending.
 */
import { lstatSync, readdirSync, unlinkSync, writeSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { native } from '../../dist/native/index.js';
import { argumentsFor } from './arguments.mjs';
import { garbage } from './garbage.mjs';
import { calm, count, modules, pool, progress, renewPool } from './pool.mjs';
import { pick, random } from './random.mjs';

const { SignalPipe } = modules['./signal'];

/** Methods that wait: only called on objects that are always ready. */
const BLOCKING = new Set(['poll', 'pollInto', 'select', 'wait']);

/** Everything that can be called: name, how many arguments it takes, and how. */
const targets = [];
for (const [path, module] of Object.entries(modules)) {
  for (const [name, value] of Object.entries(module)) {
    if (typeof value !== 'function') continue;
    const label = `${path} ${name}`;
    const isClass = /^class\b/.test(Function.prototype.toString.call(value));
    if (!isClass) targets.push([label, value.length, (list) => value(...list)]);
    else {
      targets.push([`new ${label}`, value.length, (list) => new value(...list)]);
      methodTargets(label, value);
    }
    for (const key of Object.getOwnPropertyNames(value)) {
      if (typeof value[key] === 'function' && key !== 'prototype') {
        targets.push([`${label}.${key}`, value[key].length, (list) => value[key](...list)]);
      }
    }
  }
}

/** The methods of a class and of those that it extends. */
function methodTargets(label, owner) {
  const keys = new Set();
  for (let type = owner.prototype; type !== Object.prototype; type = Object.getPrototypeOf(type)) {
    for (const key of Reflect.ownKeys(type)) keys.add(key);
  }
  keys.delete('constructor');
  for (const key of keys) {
    let holder = owner.prototype;
    while (!Object.hasOwn(holder, key)) holder = Object.getPrototypeOf(holder);
    const { value } = Object.getOwnPropertyDescriptor(holder, key);
    if (typeof value === 'function') methodTarget(`${label}#${String(key)}`, owner, key, value);
  }
}

function methodTarget(label, owner, key, method) {
  const instances = () => {
    const all = [...pool.sockets, ...pool.files, ...pool.ready, ...pool.signals, ...pool.wakers];
    if (!BLOCKING.has(key)) all.push(...pool.idle);
    return all.filter((object) => object instanceof owner);
  };
  const call = (list) => method.apply(random(20) === 0 ? garbage() : pick(instances()), list);
  targets.push([label, method.length, call]);
}

// The addon checks for itself that nothing can reach memory that is not there. Its ints: no time
// to wait, and of the fds only stdin and the closed ones.
const nativeNumbers = [0, -0, 0.5, -1, -(2 ** 31), Number.NaN];
for (const [name, value] of Object.entries(native)) {
  if (typeof value !== 'function') continue;
  const call = (list) => {
    const safe = list.map((item) =>
      typeof item === 'number' && !pool.pipes.includes(item) ? pick(nativeNumbers) : item,
    );
    if (name === 'poll' || name === 'select' || name === 'waitEpoll') {
      const memory = new ArrayBuffer(pick([0, 8, 16, 24, 40, 400]));
      const ints = new Int32Array(memory);
      // Counts, positions and fds of all kinds; a timeout of 0.
      const untimed = name === 'select' ? (i) => i > 1 : (i) => i !== 1;
      for (let i = 0; i < ints.length; i++)
        if (untimed(i) && random(2) === 0) ints[i] = pick([0, 1, 5, 1000, -1, 2 ** 30]);
      // Not Node's own epoll fd: its events would be lost.
      if (name === 'waitEpoll') ints[0] = pick([pool.ready[1].fileno(), pool.pipes[0], 0, -1]);
      if (random(4) > 0) safe[0] = memory;
    }
    if (name === 'readWithin') safe[2] = 0;
    if (name === 'writeWithin') safe[3] = 0;
    if (name === 'close' && !pool.pipes.includes(safe[0])) safe[0] = -1;
    if (name.endsWith('Wait') && random(4) > 0) {
      safe[0] = pick([random(10), random(10_000), -1]);
      safe[1] = pick([...pool.pipes, pool.file, 0, -1, 2 ** 30]);
      safe[2] = random(65536);
    }
    return value(...safe);
  };
  targets.push([`native ${name}`, 5, call]);
}

/** Consumes the result of a call. */
function finish(label, result) {
  if (label.endsWith('mkfifo')) removeFifos();
  if (result instanceof SignalPipe) result.close();
  if (label === 'native openSignalPipe') native.closeSignalPipe(result);
  if (typeof result?.then === 'function') result.then(() => {}, mustBeError);
  if (typeof result?.[Symbol.asyncIterator] === 'function' && result.next !== undefined) {
    for (const method of ['next', 'next', 'return', 'throw']) {
      if (random(2) === 0) result[method](new Error('mine')).then(() => {}, mustBeError);
    }
  }
}

/** `open` of a FIFO waits until its other end is open, too. */
function removeFifos() {
  for (const name of readdirSync('.', { encoding: 'buffer' })) {
    if (lstatSync(name).isFIFO()) unlinkSync(name);
  }
}

function mustBeError(reason) {
  if (!(reason instanceof Error)) throw reason;
}

renewPool();
const called = new Set();
for (let i = 0; i < Number(count); i++) {
  if (i % 100 === 0) renewPool();
  calm();
  const [label, length, call] =
    targets[i < 3 * targets.length ? i % targets.length : random(targets.length)];
  const list = argumentsFor(label, length);
  writeSync(progress, `${i} ${label} (${list.length} arguments)\n`.padEnd(100), 0);
  try {
    finish(label, call(list));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
  called.add(label);
  // Lets calls that do not block continue; now and then timers too.
  if (random(20) === 0) await setImmediate();
  if (random(500) === 0) await setTimeout(2);
}
// After the prompts of input().
process.stdout.write(
  `\n${JSON.stringify({ targets: targets.map(([label]) => label), called: [...called] })}`,
);
process.exit(0);
