/** Scenario I: one client talks without end, another has one question. When is it answered? */
import { POLLIN, poll } from 'fdselect';
import { type Socket, socketpair } from 'fdselect/socket';
import type { Scenario } from '../../play/scenario.js';

/** So often the talker has sent more before the server looks again. */
const MESSAGES = 10;

export const scenario: Scenario = {
  name: 'starvation',
  title: 'A talker and a quiet client',
  intro:
    'The talker sends its next message as soon as one is read. The first server reads until EAGAIN, ' +
    'the second one message at a time.',
  lessons: [17],
  columns: ['drain', 'budget'],
  whatIfs: [{ name: '', title: 'ten messages' }],
  predictions: [
    {
      beat: 2,
      question:
        'Both clients have sent something. How many messages of the talker does the draining server read first?',
      choices: [
        {
          text: 'One',
          why: 'It reads until EAGAIN, and EAGAIN comes only when the talker has stopped.',
        },
        {
          text: 'All of them',
          isRight: true,
          why: 'Each read makes room for the next message. With a talker that never stops, the other client never gets its turn.',
        },
      ],
    },
  ],

  server(stage, how) {
    stage.mark(0, 'the set-up');
    const [talker, talkerSide] = socketpair();
    const [quiet, quietSide] = socketpair();
    for (const socket of [talkerSide, quietSide]) socket.setblocking(false);
    const poller = poll();
    for (const socket of [talkerSide, quietSide]) poller.register(socket, POLLIN);
    const buffer = Buffer.alloc(64);
    let left = MESSAGES;

    /** Reads once; the talker, which is quick, sends its next message. */
    const readOne = (socket: Socket) => {
      if (socket.tryRecvInto(buffer) === null) return false;
      if (socket === talkerSide && left-- > 0) talker.send('more');
      return true;
    };

    stage.mark(1, 'both clients send');
    talker.send('more');
    quiet.send('?');
    stage.mark(2, 'the server looks, and serves the talker');
    for (let isAnswered = false; !isAnswered; ) {
      const ready = new Set(poller.poll(0).map(([fd]) => fd));
      if (ready.has(talkerSide.fileno())) {
        while (readOne(talkerSide) && how === 'drain');
      }
      if (!ready.has(quietSide.fileno())) continue;
      stage.mark(3, 'the quiet client gets its turn');
      readOne(quietSide);
      quietSide.send('!');
      isAnswered = true;
    }
  },
};
