/** An error of accept(2) that lasts ends the turn, whatever the maximum of connections. */
import { OSError } from 'fdselect';
import { acceptConnections } from 'fdselect/stream';
import { expect, test } from 'vitest';

test.each([Infinity, 1e300, 65])('at most 64 lost connections with a maximum of %s', (max) => {
  let calls = 0;
  const listener = {
    tryAccept(): never {
      calls++;
      throw new OSError(71, 'accept'); // EPROTO: of the connection, not of the listener
    },
  };
  expect(acceptConnections(listener, max)).toMatchObject({ connections: [], isFull: true });
  expect(calls).toBe(64);
});
