/**
 * 200 subscribers, ten messages a second: none is lost, and neither CPU nor memory grow. For 3
 * seconds on each selector, or as many as FDSELECT_SECONDS says.
 */
import { expect, test } from 'vitest';
import { SELECTORS } from '../support/loops.ts';
import { connectTo } from '../support/peer.ts';
import { type Server, serve } from '../support/server.ts';

const SECONDS = Math.max(1, Math.round(Number(process.env.FDSELECT_SECONDS ?? 3)));
const SUBSCRIBERS = 200;
/** Clock ticks of a hundredth of a second, and MiB, that are noise. */
const FEW = { ticks: 10, mib: 8 };

interface Usage {
  ticks: number;
  rss: number;
}

function usage({ cpuTicks, rss }: Server): Usage {
  return { ticks: cpuTicks, rss };
}

test.each(SELECTORS)('%s', { timeout: 1000 * (SECONDS + 60) }, async (selector) => {
  await using server = await serve(`time-broadcast --newline --selector ${selector}`);
  const peers = await Promise.all(
    Array.from({ length: SUBSCRIBERS }, async () => (await connectTo(server)).read()),
  );
  for (const peer of peers) await peer.gets(15);
  const [first] = peers;
  const lines = () => first?.text.split('\n').length ?? 0;
  const total = 10 * SECONDS;
  const used: Usage[] = [usage(server)];
  for (let count = 1; count <= total; count++) {
    await first?.gets(15 * count);
    if (count === total / 2 || count === total) used.push(usage(server));
  }
  expect(lines()).toBeGreaterThanOrEqual(total);
  const finished = server.stop();
  const texts = await Promise.all(
    peers.map(async (peer) => {
      const text = String(await peer.ends());
      peer.socket.end();
      return text;
    }),
  );
  expect(await finished).toMatchObject({ code: 0, stderr: '' });

  // The first client has everything: each of the others has the same from its first time on.
  const longest = texts.reduce((a, b) => (b.length > a.length ? b : a));
  const short = texts.filter((text) => text.length < 15 || !longest.endsWith(text));
  expect(short).toEqual([]);
  const gaps = longest
    .trim()
    .split('\n')
    .map((time, i, all) => Number(all[i + 1] ?? Number(time) + 0.1) - Number(time))
    .sort((a, b) => a - b);
  // A busy machine leaves some out; most come in time.
  expect(gaps[gaps.length >> 1]).toBeLessThan(0.15);

  const [start, half, end] = used as [Usage, Usage, Usage];
  const ticks = [half.ticks - start.ticks, end.ticks - half.ticks] as const;
  console.log(
    `${selector}: ${SECONDS} s, ${SUBSCRIBERS} subscribers, ${gaps.length} messages each; ` +
      `CPU ${ticks.join(' and ')} ticks in either half, ` +
      `memory ${[start, half, end].map(({ rss }) => rss.toFixed(0)).join(', ')} MiB`,
  );
  expect(ticks[1]).toBeLessThanOrEqual(1.5 * ticks[0] + FEW.ticks);
  expect(end.rss).toBeLessThanOrEqual(1.1 * half.rss + FEW.mib);
});
