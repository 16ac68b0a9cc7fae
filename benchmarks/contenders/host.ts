/**
 * The process of a contender in JavaScript:
 *
 *     host.js echo MODULE                   announces its port and serves
 *     host.js jobs                          for each line of JSON with a job (see `Job`) its result
 *     host.js wake MODULE self|other COUNT  for each line with a number first {"waiting":true},
 *                                           then so many delays
 */
import { createInterface } from 'node:readline';
import { announceWaiting } from './announce.js';
import type { ContenderModule } from './roles.js';

/** A loop of a contender, over duplicates of a pipe with data and of an empty pipe. */
export interface Job {
  module: string;
  role: 'calls' | 'churn';
  count: number;
  /** How many of them are ready. */
  ready: number;
  rounds: number;
}

/** The file descriptor that the runner hands over, with another process at its other end. */
const WAKE_FD = 3;

function load(module: string): Promise<ContenderModule> {
  return import(new URL(module, import.meta.url).href);
}

function need<T>(role: T | undefined, module: string, name: string): T {
  if (role === undefined) throw new Error(`${module} has no role '${name}'`);
  return role;
}

function answer(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function runJobs(): Promise<void> {
  const { openFds } = await import('./fds.js');
  for await (const line of createInterface({ input: process.stdin })) {
    const { module, role, count, ready, rounds } = JSON.parse(line) as Job;
    const run = need((await load(module))[role], module, role);
    using opened = openFds(count, ready);
    answer(run(opened.fds, rounds));
  }
}

/** @param isOther - whether another process makes the fd ready, or this thread on its way to its loop */
async function runWakes(module: string, isOther: boolean, count: number): Promise<void> {
  const { Stamps } = await import('./stamps.js');
  const { openStampPairs } = await import('./fds.js');
  const pairs = isOther ? null : openStampPairs(count);
  let onComplete = () => {};
  const stamps = new Stamps(pairs?.readers ?? [WAKE_FD], () => {
    if (stamps.isComplete) onComplete();
    // In another turn, so that the waiting code can sleep again.
    else if (pairs !== null) setImmediate(pairs.stamp);
  });
  const wait = need((await load(module)).wake, module, 'wake')(stamps);
  for await (const line of createInterface({ input: process.stdin })) {
    stamps.want(Number(line));
    const completed = new Promise<void>((resolve) => {
      onComplete = resolve;
    });
    announceWaiting();
    if (pairs !== null) pairs.stamp();
    wait?.();
    await completed;
    answer(stamps.delays);
  }
  process.exit();
}

const [mode, module = '', by, count = '1'] = process.argv.slice(2);
if (mode === 'echo') await need((await load(module)).echo, module, 'echo')();
else if (mode === 'jobs') await runJobs();
else if (mode === 'wake') await runWakes(module, by === 'other', Number(count));
else throw new Error(`host.js: no mode '${mode}'`);
