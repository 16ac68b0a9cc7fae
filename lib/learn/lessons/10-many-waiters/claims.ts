/** The claims of lesson 10 about several waiters. Linux only. */
import assert from 'node:assert/strict';
import { EPOLLET, EPOLLEXCLUSIVE, EPOLLIN, EPOLLONESHOT } from 'fdselect';
import { claim } from '../../course/claim.js';
import { type How, herd } from './herd.js';

const woken = (how: How, expected: number) => async () =>
  assert.equal((await herd(how)).woken, expected);

export const claims = [
  claim('herd-select', '`select`: 4 of 4 are woken.', woken({ how: 'select' }, 4), 'proc'),
  claim('herd-poll', '`poll`: 4 of 4 are woken.', woken({ how: 'poll' }, 4), 'proc'),
  claim(
    'herd-own-level',
    '`epoll`, each waiter with a set of its own, level-triggered: 4 of 4.',
    woken({ how: 'own' }, 4),
    'proc',
  ),
  claim(
    'herd-own-edge',
    'The same, edge-triggered: 4 of 4.',
    woken({ how: 'own', events: EPOLLIN | EPOLLET }, 4),
    'proc',
  ),
  claim(
    'herd-exclusive',
    'The same with `EPOLLEXCLUSIVE`: 1 of 4.',
    woken({ how: 'own', events: EPOLLIN | EPOLLEXCLUSIVE }, 1),
    'proc',
  ),
  claim(
    'herd-shared-edge',
    'One set that all share, edge-triggered: 1 of 4.',
    woken({ how: 'shared', events: EPOLLIN | EPOLLET }, 1),
    'proc',
  ),
  claim(
    'herd-shared-oneshot',
    'One set that all share, oneshot: 1 of 4.',
    woken({ how: 'shared', events: EPOLLIN | EPOLLONESHOT }, 1),
    'proc',
  ),
  claim(
    'herd-shared-level',
    'One set that all share, level-triggered: 4 of 4, as nothing accepts.',
    woken({ how: 'shared' }, 4),
    'proc',
  ),
  claim('herd-accept', 'Blocking `accept`: 1 of 4 returns.', woken({ how: 'accept' }, 1), 'proc'),
];
