/** A chat server that uses only select(): each line of a member is sent to all members. */
import { select } from 'fdselect';
import type { Address, Socket } from 'fdselect/socket';
import {
  FAREWELL_SECONDS,
  LineBuffer,
  MAX_LINE,
  MAX_UNSENT,
  Peer,
  RECEIVE_SIZE,
  WRITE,
} from 'fdselect/stream';
import { textLength } from './support/lines.js';
import { farewell, type ServeOptions, start } from './support/start.js';

/** Bytes; the memory that a member's unsent lines may use beyond their own size. */
const MAX_OVERHEAD = 131072;

const LF = Buffer.from('\n');
const CRLF = Buffer.from('\r\n');

let connections = 0;

class Member extends Peer {
  readonly id = ++connections;
  /** One recv() may return half a line, or three lines: this cuts the bytes into lines. */
  readonly lines = new LineBuffer();
}

export function serve(options: ServeOptions): void {
  const { acceptor, stop, announce, say } = start(options);
  const buffer = Buffer.allocUnsafeSlow(RECEIVE_SIZE);
  const members = new Set<Member>();
  announce();

  let rest: number | null;
  do {
    // If no fd is left, the listener stays readable: waiting for it would be a busy loop.
    rest = acceptor.restLeft();
  } while (turn(rest === null ? [stop, acceptor] : [stop], rest));

  acceptor.close();
  for (const member of members) member.leave();
  const timeLeft = farewell(stop);
  while (members.size > 0 && timeLeft() > 0 && turn([stop], timeLeft() / 1000));
  for (const member of members) member.close();

  /** Waits once and serves all that is ready. Returns false after a signal. */
  function turn(sources: (typeof stop | typeof acceptor)[], timeout: number | null): boolean {
    const all = [...members];
    // Members that do not read are still read from. An echo server stops that (backpressure), but
    // here it would not help: the unsent lines come from all members.
    const talkers = all.filter(({ hasEnded }) => !hasEnded);
    // Only those with unsent bytes: a socket is nearly always writable, so select() would never sleep.
    const sinks = all.filter(({ interest }) => (interest & WRITE) !== 0);
    // A member that the server disconnects has two seconds to close its end.
    const isHurried = timeout === null && all.some(({ isLeaving }) => isLeaving);
    const seconds = isHurried ? FAREWELL_SECONDS : timeout;
    const [readable, writable] = select([...sources, ...talkers], sinks, [], seconds);
    if (readable.includes(stop)) return false;
    for (const source of readable) {
      if (source instanceof Member) receive(source);
      else for (const newcomer of acceptor.accept()) welcome(...newcomer);
    }
    for (const member of writable) member.flush();
    // Members are closed last: until then, no new connection can get one of these fds.
    for (const member of members) if (member.isFinished) leave(member);
    return true;
  }

  function welcome(socket: Socket, address: Address): void {
    const member = new Member(socket, address);
    members.add(member);
    say('Connect:', member, member.id);
  }

  function receive(sender: Member): void {
    if (sender.hasEnded) return; // it was dropped in this turn
    const size = sender.receive(buffer);
    if (size === null) return;
    const { lines } = sender;
    lines.append(buffer.subarray(0, size));
    for (let line = lines.takeLine(LF); ; line = lines.takeLine(LF)) {
      const text = line ?? lines.unfinished(CRLF);
      if (textLength(text) > MAX_LINE) {
        say(`\tdisconnected ${sender.id}: a line is longer than ${MAX_LINE} bytes`);
        sender.leave();
        return;
      }
      if (line === null) break;
      relay(sender, line);
      if (sender.hasEnded) return; // it was dropped: it does not read, not even its own lines
    }
    if (size === 0 && sender.loss === null && lines.size > 0) relay(sender, lines.clear());
  }

  /** Sends a line to all members, including its sender. */
  function relay(sender: Member, line: Buffer): void {
    const text = line.subarray(0, textLength(line));
    say('\tgot', text, 'on', sender.id);
    const message = Buffer.concat([Buffer.from(`${sender.id}(${clock(new Date())}): `), line, LF]);
    for (const member of members) {
      if (member.hasEnded && member !== sender) continue; // it only gets earlier lines
      const whenSent = options.quiet ? undefined : () => say('\tsent', text, 'to', member.id);
      member.write(message, message.length, whenSent);
      const { unsent, memory } = member;
      if (unsent <= MAX_UNSENT && memory <= MAX_UNSENT + MAX_OVERHEAD) continue;
      say(`\tdropped ${member.id}: ${unsent} bytes are unsent`);
      member.abandon();
    }
  }

  function leave(member: Member): void {
    if (member.loss !== null) say(`\tlost ${member.id}: ${member.loss.code}`);
    members.delete(member);
    member.close();
  }
}

/** The time of day in the format of Python's `strftime('%I:%M:%S%p')`: `12:53:52AM`. */
function clock(time: Date): string {
  const hour = time.getHours();
  const parts = [hour % 12 || 12, time.getMinutes(), time.getSeconds()];
  return parts.map((part) => String(part).padStart(2, '0')).join(':') + (hour < 12 ? 'AM' : 'PM');
}
