/** Calls with garbage in a child process, under both waiters: only exceptions, no crash, no hang. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { amount } from '../support/amount.ts';
import { SEED } from '../support/seed.ts';

const CALLS = Number(process.env.FDSELECT_CALLS ?? amount(10_000, 20_000));

const TITLE = `${CALLS} calls, seed ${SEED}, waiter %s`;

test.each(['uv', 'thread'])(TITLE, { timeout: 330_000 + CALLS }, async (waiter) => {
  // Its own folder: some of the calls make Unix sockets.
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-fuzz-'));
  const progress = join(folder, 'progress');
  try {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'child.mjs'), String(SEED), String(CALLS), progress],
      {
        cwd: folder,
        env: { ...process.env, FDSELECT_WAITER: waiter },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 300_000 + CALLS,
      },
    );
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => (stdout += data));
    child.stderr.on('data', (data) => (stderr += data));
    const [code, signal] = await once(child, 'close');
    const last = readFileSync(progress, 'latin1').trim();
    expect({ code, signal }, `in call ${last}\n${stderr}`).toEqual({ code: 0, signal: null });
    expect(last).toMatch(new RegExp(`^${CALLS - 1} `));
    const { targets, called } = JSON.parse(stdout.slice(stdout.lastIndexOf('\n')));
    expect(new Set(called)).toEqual(new Set(targets));
    expect(targets.length).toBeGreaterThan(200);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
