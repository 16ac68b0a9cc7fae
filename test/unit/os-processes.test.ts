/** fdselect/os: child processes. */
import { spawn } from 'node:child_process';
import { select } from 'fdselect';
import {
  getInheritable,
  pidfdOpen,
  WCOREDUMP,
  WEXITSTATUS,
  WIFCONTINUED,
  WIFEXITED,
  WIFSIGNALED,
  WIFSTOPPED,
  WNOHANG,
  WSTOPSIG,
  WTERMSIG,
  WUNTRACED,
  waitpid,
  waitstatusToExitcode,
  write,
} from 'fdselect/os';
import { describe, expect, test } from 'vitest';
import { testUnless } from '../support/runtime.ts';
import { closing, openPipe } from '../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

const testOfChildren = testUnless({
  Bun: 'it takes the status of its children in a thread of its own',
  Deno: 'it takes the status of its children in a thread of its own',
});

/** A child whose end Node learns of only in its next turn, so that the status is here to be taken. */
function child(script: string, stdin: number | 'ignore' = 'ignore'): number {
  const process_ = spawn('sh', ['-c', script], { stdio: [stdin, 'ignore', 'ignore'] });
  process_.unref();
  return process_.pid as number;
}

describe('waitpid', () => {
  testOfChildren('waits for the end and gives the exit code', () => {
    const [r, w] = openPipe();
    const pid = child('read line; exit 7', r);
    expect(waitpid(pid, WNOHANG)).toEqual([0, 0]);
    write(w, '\n');
    const [ended, status] = waitpid(pid, 0);
    expect(ended).toBe(pid);
    expect([WIFEXITED(status), WEXITSTATUS(status)]).toEqual([true, 7]);
    expect(waitstatusToExitcode(status)).toBe(7);
    expect(thrown(() => waitpid(pid, 0))).toEqual(osError('ECHILD', 'waitpid'));
  });

  testOfChildren('tells the signal that ended it, and one that stopped it', () => {
    const pid = child('kill -STOP $$; kill -TERM $$');
    const [stopped, stop] = waitpid(pid, WUNTRACED);
    expect([stopped, WIFSTOPPED(stop), WSTOPSIG(stop)]).toEqual([pid, true, 19]);
    expect(thrown(() => waitstatusToExitcode(stop))).toEqual(rangeError);
    process.kill(pid, 'SIGCONT');
    const [, status] = waitpid(pid, 0);
    expect([WIFSIGNALED(status), WTERMSIG(status), WCOREDUMP(status)]).toEqual([true, 15, false]);
    expect(waitstatusToExitcode(status)).toBe(-15);
  });

  test('errors and bad arguments', () => {
    expect(thrown(() => waitpid(1, 0))).toEqual(osError('ECHILD', 'waitpid'));
    expect(thrown(() => waitpid(1, 0x7000_0000))).toEqual(osError('EINVAL', 'waitpid'));
    expect(thrown(() => waitpid(0.5, 0))).toEqual(rangeError);
    expect(thrown(() => waitpid('1' as never, 0))).toEqual(typeError);
    expect(thrown(() => waitpid(1, undefined as never))).toEqual(typeError);
    expect(String(thrown(() => waitpid(2 ** 31, 0)))).toContain('pid must be from');
  });

  test('a status is read as the macros of C read it', () => {
    expect([WIFCONTINUED(0xffff), WIFCONTINUED(0)]).toEqual([true, false]);
    expect([WCOREDUMP(0x86), WTERMSIG(0x86)]).toEqual([true, 6]);
    expect([0, 0x100, 9].map(waitstatusToExitcode)).toEqual([0, 1, -9]);
    expect(thrown(() => waitstatusToExitcode('0' as never))).toEqual(typeError);
    expect(thrown(() => WIFEXITED(2 ** 40))).toEqual(rangeError);
  });
});

describe('pidfdOpen', () => {
  testOfChildren('is readable when the process has ended', () => {
    const [r, w] = openPipe();
    const pid = child('read line; exit 3', r);
    const fd = closing(pidfdOpen(pid));
    expect([getInheritable(fd), select([fd], [], [], 0)[0]]).toEqual([false, []]);
    write(w, '\n');
    expect(select([fd], [], [], 10)[0]).toEqual([fd]);
    expect(waitpid(pid, WNOHANG).map((n, i) => (i === 0 ? n : waitstatusToExitcode(n)))).toEqual([
      pid,
      3,
    ]);
  });

  test('errors and bad arguments', () => {
    expect(thrown(() => pidfdOpen(2 ** 22 + 1))).toEqual(osError('ESRCH', 'pidfd_open'));
    expect(thrown(() => pidfdOpen(-1))).toEqual(osError('EINVAL', 'pidfd_open'));
    expect(thrown(() => pidfdOpen(process.pid, 1))).toEqual(osError('EINVAL', 'pidfd_open'));
    expect(thrown(() => pidfdOpen('1' as never))).toEqual(typeError);
  });
});
