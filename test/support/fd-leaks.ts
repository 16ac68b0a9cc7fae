/** For every test file: the fds that are open at its end are those that were open at its start. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';

/** Number and target of every open fd, such as `7 -> socket:[4711]`. */
function openFds(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`${fd} -> ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      return []; // the one that reading the folder opened
    }
  });
}

let before: string[] = [];

beforeAll(async () => {
  // Node opens the pipe of its signal handling with the first child and keeps it.
  await once(spawn('true', { stdio: 'ignore' }), 'close');
  before = openFds();
});

afterAll(() => {
  expect(openFds()).toEqual(before);
});
