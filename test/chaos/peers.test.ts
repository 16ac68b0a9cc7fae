/**
 * Random peers of every program with every selector: the well-behaved ones get every byte, and
 * afterwards fds and CPU are back at rest.
 *
 * FDSELECT_SEED repeats a run, FDSELECT_CHAOS_SECONDS sets how long each program is tried.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Peer } from '../support/peer.js';
import { Random } from '../support/random.js';
import { SEED } from '../support/seed.js';
import { until } from '../support/server.js';
import { PROGRAMS, type Program, Running } from './programs.js';
import { WildPeer } from './wild-peer.js';

/** 0: one round. */
const SECONDS = Number(process.env.FDSELECT_CHAOS_SECONDS ?? 0);

const PEERS = 20;
/** Connections that are reset or end before the server has seen them. */
const EARLY = 6;
/** Connections that come around SIGTERM. */
const LATE = 20;
/** The farewell's two seconds, and time to come to it. */
const FAREWELL_MS = 10_000;
/** Bytes; less for programs that send each message to all clients. */
const SMALL_FLOOD = 10_000;

class Chaos {
  readonly #program: Program;
  readonly #random: Random;
  #running!: Running;
  #witness!: Peer;
  #words: string[] = [];
  #fds = 0;

  constructor(program: Program, random: Random) {
    this.#program = program;
    this.#random = random;
  }

  async start(): Promise<void> {
    // The relay prints where its publishers connect to.
    const args = this.#program.kind === 'relay' ? [] : ['--quiet'];
    this.#running = await Running.start(this.#program, { args });
    this.#witness = (await this.#running.connect()).read();
    await this.#say();
    await this.#running.server.usedIn(0); // when it sleeps for the first time, it has opened all its fds
    this.#fds = this.#running.fds;
  }

  /** The witness says the next word and gets it. */
  async #say(): Promise<void> {
    const word = `W-${this.#words.length};`;
    this.#words.push(word);
    expect(await this.#running.exchange(this.#witness, word), word).toBe(true);
  }

  async round(): Promise<void> {
    let isOver = false;
    const peers = Promise.all([
      ...Array.from({ length: PEERS }, () => this.#wildPeer(this.#random.fork())),
      this.#early(this.#random.fork()),
    ]).finally(() => {
      isOver = true;
    });
    while (!isOver) await this.#say();
    await peers;
    await this.#say();
    await this.#running.hasFds(this.#fds, 'all peers have left');
    this.#checkWitness();
  }

  async #wildPeer(random: Random): Promise<void> {
    await using peer = await this.#running.connect();
    const { kind } = this.#program;
    const wild = new WildPeer(peer, random, kind === 'echo' ? undefined : SMALL_FLOOD);
    const ending = await wild.live();
    if (kind !== 'echo') return;
    const got = peer.text;
    expect(wild.sent.startsWith(got), 'the echo is what was sent').toBe(true);
    if (ending === 'end') expect(got.length, 'all of it').toBe(wild.sent.length);
  }

  /** While the server is stopped, connections come and go. */
  async #early(random: Random): Promise<void> {
    const { server } = this.#running;
    await server.freeze();
    try {
      const peers = await Promise.all(Array.from({ length: EARLY }, () => this.#running.connect()));
      for (const peer of peers) {
        if (random.below(2) === 0) peer.write('EARLY\n');
        await turn();
        const ending = random.below(3);
        if (ending === 0) peer.socket.end();
        if (ending === 0) peer.read();
        else if (ending === 1) await peer.reset();
        else await peer[Symbol.asyncDispose]();
      }
      server.thaw();
      await Promise.all(peers.map((peer) => peer.ends()));
      for (const peer of peers) await peer[Symbol.asyncDispose]();
    } finally {
      server.thaw();
    }
  }

  /** Checks that a client has got every word once, in order and whole. */
  #checkWitness(): void {
    const { text } = this.#witness;
    if (this.#program.kind === 'times') expect(text).toMatch(/^(\d{10}\.\d{3}\n)*$/);
    else if (this.#program.kind === 'echo') expect(text).toBe(`${this.#words.join('\n')}\n`);
    else expect(text.match(/W-\d+;/g)?.join()).toBe(this.#words.join());
  }

  async rests(): Promise<void> {
    if (this.#program.kind === 'times') return;
    await this.#running.server.sleepsFor(300);
  }

  /** SIGTERM while others connect: it ends in time, and prints only lost connections. */
  async stops(): Promise<void> {
    const { server } = this.#running;
    const late = Array.from({ length: LATE }, () => this.#latePeer());
    for (let left = this.#random.below(4); left > 0; left--) await turn();
    const start = performance.now();
    const finished = server.stop();
    await this.#witness.ends();
    await this.#witness[Symbol.asyncDispose]();
    const { code, signal, stderr } = await finished;
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(performance.now() - start).toBeLessThan(FAREWELL_MS);
    expect(stderr).not.toMatch(/^\s+at |uncaught/m);
    await Promise.all(late);
  }

  async #latePeer(): Promise<void> {
    // It may be refused, reset or served.
    const peer = await this.#running.connect().catch(() => undefined);
    if (peer === undefined) return;
    peer.read().write('LATE\n');
    await until(() => peer.hasEnded || peer.isClosed, 'a late connection ends');
    await peer[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#witness?.[Symbol.asyncDispose]();
    await this.#running?.[Symbol.asyncDispose]();
  }
}

const options = { timeout: 60_000 + 2000 * SECONDS };

test.each(PROGRAMS.map((program, i) => [program.command, SEED + i, program] as const))(
  '%s, seed %i',
  options,
  async (_, seed, program) => {
    await using chaos = new Chaos(program, new Random(seed));
    await chaos.start();
    const end = performance.now() + 1000 * SECONDS;
    do await chaos.round();
    while (performance.now() < end);
    await chaos.rests();
    await chaos.stops();
  },
);
