/** A client with random behaviour: partial writes, pauses, half-close, resets. */
import type { Socket as NetSocket } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { MSG_OOB, Socket } from 'fdselect/socket';
import type { Peer } from '../support/peer.js';
import type { Random } from '../support/random.js';
import { isOver } from './programs.js';

const ACTIONS = ['write', 'write', 'write', 'flood', 'stall', 'read', 'urgent', 'turn', 'sleep'];
const ENDINGS = ['end', 'end', 'reset', 'cut', 'stay'] as const;

type Ending = (typeof ENDINGS)[number];

/** Bytes of a flood; more than the buffers between hold. */
const FLOOD_SIZE = 300_000;

let count = 0;

export class WildPeer {
  readonly #peer: Peer;
  readonly #random: Random;
  readonly #floodSize: number;
  readonly #name = `P${count++}`;
  #sent = '';
  #isUrgent = false;
  #isReading = false;

  /** @param floodSize - bytes; small for programs that send each message to all clients */
  constructor(peer: Peer, random: Random, floodSize = FLOOD_SIZE) {
    this.#peer = peer;
    this.#random = random;
    this.#floodSize = floodSize;
  }

  /** All that it has sent, without urgent bytes. */
  get sent(): string {
    return this.#sent;
  }

  /** Makes some random moves and ends; `end`: it half-closes and reads until the end of file. */
  async live(): Promise<Ending> {
    for (let left = this.#random.below(8); left > 0 && !isOver(this.#peer); left--) {
      await this.#act(this.#random.pick(ACTIONS));
    }
    const ending = this.#random.pick(ENDINGS);
    if (ending === 'reset') await this.#peer.reset();
    else if (ending === 'cut') await this.#peer[Symbol.asyncDispose]();
    else if (ending === 'end') await this.#end();
    return ending;
  }

  async #end(): Promise<void> {
    this.#peer.socket.end();
    this.#read();
    await this.#peer.ends();
  }

  async #act(action: string): Promise<void> {
    const { socket } = this.#peer;
    if (action === 'write') this.#write(1 + this.#random.below(200));
    else if (action === 'flood') this.#write(this.#random.below(this.#floodSize));
    else if (action === 'stall') socket.pause();
    else if (action === 'read') this.#read();
    else if (action === 'urgent') this.#sendUrgent();
    else if (action === 'turn') await turn();
    else await sleep(this.#random.below(20));
  }

  /** Upper-case lines, no two alike. */
  #write(size: number): void {
    let text = '';
    while (text.length < size) text += `${this.#name}-${this.#sent.length + text.length}\n`;
    this.#sent += text;
    this.#peer.write(text);
  }

  #read(): void {
    if (this.#isReading) this.#peer.socket.resume();
    else this.#peer.read();
    this.#isReading = true;
  }

  /** At most one urgent byte: a second one turns the first into a part of the stream. */
  #sendUrgent(): void {
    if (this.#isUrgent) return;
    this.#isUrgent = true;
    // node:net has no way to send one.
    using socket = Socket.fromfd(fdOf(this.#peer.socket));
    try {
      socket.send(Buffer.from('!'), MSG_OOB);
    } catch (error) {
      if (!/^(EAGAIN|EPIPE|ECONNRESET)$/.test((error as NodeJS.ErrnoException).code ?? '')) {
        throw error;
      }
    }
  }
}

function fdOf(socket: NetSocket): number {
  return (socket as unknown as { _handle: { fd: number } })._handle.fd;
}
