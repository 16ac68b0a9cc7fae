/**
 * System calls that fail or transfer only a part for some time: every byte arrives, nothing spins, and the
 * program serves again once they work.
 */
import { describe, expect, test } from 'vitest';
import { Faults } from './faults.js';
import { isOver, PROGRAMS, type Program, Running, soon } from './programs.js';

/** A program with a rule for its system calls, and a client that stays. */
async function open(program: Program) {
  const faults = new Faults();
  const running = await Running.start(program, { env: faults.env() });
  const stayer = (await running.connect()).read();
  expect(await running.exchange(stayer, 'STAYER')).toBe(true);
  return {
    ...{ faults, running, stayer, server: running.server },
    async [Symbol.asyncDispose]() {
      await stayer[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
      faults[Symbol.dispose]();
    },
  };
}

/** Newcomers for which epoll_ctl has no room, and one for which it has. */
async function fillUp({ faults, running, stayer }: Awaited<ReturnType<typeof open>>) {
  faults.set({ call: 'epoll_ctl', op: 'ADD', error: 'ENOSPC' });
  for (let i = 0; i < 5; i++) {
    await using newcomer = (await running.connect()).read();
    // Served where epoll_ctl is not called: by select() and poll().
    const isServed = await running.exchange(newcomer, `NEWCOMER ${i}`);
    expect(isServed || faults.hits > 0).toBe(true);
  }
  if (running.program.kind !== 'relay') {
    expect(await running.exchange(stayer, 'MEANWHILE')).toBe(true);
  }
  faults.clear();
  await using last = (await running.connect()).read();
  expect(await running.exchange(last, 'LAST')).toBe(true);
}

const WORD = 'WORD-'.repeat(60);

/** The most clock ticks, of 100 in a second, that a program may use without counting as spinning. */
const FEW_TICKS = 10;

describe.each(PROGRAMS.map((program) => [program.command, program] as const))(
  '%s',
  (_, program) => {
    test.each(['recv', 'send'] as const)('%s takes one byte at a time', async (call) => {
      await using lab = await open(program);
      lab.faults.set({ call, error: 1 });
      expect(await lab.running.exchange(lab.stayer, WORD)).toBe(true);
      expect(lab.faults.hits).toBeGreaterThan(0);
    });

    test.each(['EMFILE', 'ENOMEM'] as const)(
      'accept4 fails with %s for a second',
      async (error) => {
        await using lab = await open(program);
        lab.faults.set({ call: 'accept4', error });
        await using newcomer = (await lab.running.connect()).read();
        await soon(() => lab.faults.hits > 0, 'it accepts');
        const { cpuTicks } = lab.server;
        await new Promise((resolve) => setTimeout(resolve, 1000));
        expect(lab.server.cpuTicks - cpuTicks).toBeLessThan(FEW_TICKS);
        // What the relay passes on comes from a newcomer, too.
        if (program.kind !== 'relay') {
          expect(await lab.running.exchange(lab.stayer, 'MEANWHILE')).toBe(true);
        }
        lab.faults.clear();
        // The reactor closes those for which there is no fd.
        if (!isOver(newcomer)) expect(await lab.running.exchange(newcomer, 'NEWCOMER')).toBe(true);
        await using last = (await lab.running.connect()).read();
        expect(await lab.running.exchange(last, 'LAST')).toBe(true);
      },
    );

    test('SIGTERM ends it while accept4 fails', async () => {
      await using lab = await open(program);
      lab.faults.set({ call: 'accept4', error: 'ENOMEM' });
      await using _newcomer = (await lab.running.connect()).read();
      await soon(() => lab.faults.hits > 0, 'it accepts');
      const finished = lab.server.stop();
      await lab.stayer.ends();
      await lab.stayer[Symbol.asyncDispose]();
      expect(await finished).toMatchObject({ code: 0, signal: null });
    });

    test('epoll_ctl has no room for newcomers', async () => {
      await using lab = await open(program);
      // The first time it may open other fds, which it needs in place of epoll.
      await fillUp(lab);
      const before = lab.running.fds;
      await fillUp(lab);
      await lab.running.hasFds(before, 'all newcomers have left');
    });
  },
);
