/** The one thing of lesson 27 that is executed. */
import assert from 'node:assert/strict';
import { EPOLLIN, epoll, select } from 'fdselect';
import { open } from 'fdselect/os';
import { claim } from '../../course/claim.js';
import { codeOf, proof } from '../../course/proof.js';

export const claims = [
  claim(
    'file-always-ready',
    'A regular file is always readable and writable for `select`, whether its bytes are in memory or not.',
    proof((own) => {
      const fd = own(open('/etc/passwd'));
      assert.deepEqual(select([fd], [fd], [fd], 0), [[fd], [fd], []]);
    }),
  ),
  claim(
    'file-epoll-refuses',
    '`epoll` refuses a regular file: `EPERM`.',
    proof((own) => {
      const fd = own(open('/etc/passwd'));
      const set = own(epoll());
      assert.equal(
        codeOf(() => set.register(fd, EPOLLIN)),
        'EPERM',
      );
    }),
    'linux',
  ),
];
