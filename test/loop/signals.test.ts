/** Signal handlers of the loop, as asyncio's add_signal_handler. */
import { describe, expect, test } from 'vitest';
import { LOOPS } from '../support/loops.ts';
import { rangeError, thrown, typeError } from '../support/thrown.ts';

const kill = (signal: NodeJS.Signals) => process.kill(process.pid, signal);

describe.each(LOOPS)('$name', ({ open, run }) => {
  test('a signal calls its handler in the loop, with its arguments', async () => {
    const loop = open();
    const calls: unknown[] = [];
    const handler = (...args: number[]) => {
      calls.push(args);
      kill('SIGTERM');
    };
    loop.addSignalHandler('SIGUSR2', handler, 1, 2);
    loop.addSignalHandler('SIGTERM', () => loop.stop());
    const release = loop.hold();
    loop.callSoon(() => kill('SIGUSR2'));
    await run(loop);
    release();
    expect(calls).toEqual([[1, 2]]);
    expect([loop.removeSignalHandler('SIGUSR2'), loop.removeSignalHandler('SIGUSR2')]).toEqual([
      true,
      false,
    ]);
    expect(loop.removeSignalHandler('SIGTERM')).toBe(true);
  });

  test('a handler alone does not keep run() from returning', async () => {
    const loop = open();
    loop.addSignalHandler('SIGUSR2', () => {});
    await run(loop);
  });

  test('a second handler replaces the first', async () => {
    const loop = open();
    const calls: string[] = [];
    loop.addSignalHandler('SIGUSR2', () => calls.push('first'));
    loop.addSignalHandler('SIGUSR2', () => {
      calls.push('second');
      loop.stop();
    });
    const release = loop.hold();
    loop.callSoon(() => kill('SIGUSR2'));
    await run(loop);
    release();
    expect(calls).toEqual(['second']);
  });

  test('a handler that throws is reported, and is called again', async () => {
    const reports: unknown[] = [];
    const loop = open({ onError: (error, where) => reports.push(`${where}: ${error}`) });
    loop.addSignalHandler('SIGUSR2', () => {
      if (reports.length === 0) loop.callSoon(() => kill('SIGUSR2'));
      else loop.stop();
      throw new Error('no');
    });
    const release = loop.hold();
    loop.callSoon(() => kill('SIGUSR2'));
    await run(loop);
    release();
    expect(reports).toEqual(['signal: Error: no', 'signal: Error: no']);
  });

  test('close() restores the action of the signal; an invalid signal is refused', async () => {
    const loop = open();
    const before = process.listenerCount('SIGUSR2');
    loop.addSignalHandler('SIGUSR2', () => {});
    expect(thrown(() => loop.addSignalHandler('SIGNOT' as 'SIGTERM', () => {}))).toEqual(
      rangeError,
    );
    expect(thrown(() => loop.addSignalHandler('SIGUSR2', 1 as never))).toEqual(typeError);
    loop.close();
    expect(process.listenerCount('SIGUSR2')).toBe(before);
    expect(thrown(() => loop.addSignalHandler('SIGUSR2', () => {}))).toEqual(
      expect.objectContaining({ code: 'ERR_CLOSED' }),
    );
  });
});
