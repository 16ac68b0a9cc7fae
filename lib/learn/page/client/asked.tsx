/** The lists of the program's latest wait in its own memory: its question and its answer. */
import type { ComponentChildren } from 'preact';
import { names } from '../../replay/events.js';
import type { FdEvents, FdLists } from '../../replay/format.js';
import type { Asked as Wait } from '../../replay/model.js';
import type { Moment } from './moment.js';

/** More than this is drawn as a heat map. */
const MAX_CARDS = 16;
const SETS = ['read', 'write', 'exceptional'];

interface Card {
  fd: number;
  asked: string;
  /** Null while the call has not returned. */
  answered: string | null;
  isReady: boolean;
}

export function Asked({ moment: { after, thread } }: { moment: Moment }) {
  const wait = after.threads[thread]?.asked;
  if (wait === null || wait === undefined) return <p class="quiet">It has not waited yet.</p>;
  if (wait.call === 'epoll_wait') return <EpollAnswer wait={wait} />;
  if (wait.call === 'poll') {
    return <Cards title="array" rows={['events', 'revents']} cards={pollCards(wait)} />;
  }
  return (
    <>
      {(wait.in as FdLists).map((list, kind) =>
        list === null ? null : (
          <Cards
            key={SETS[kind]}
            title={`${SETS[kind]} set`}
            rows={['asked', 'answer']}
            cards={selectCards(wait, list, kind)}
          />
        ),
      )}
    </>
  );
}

function selectCards({ out, ret }: Wait, asked: readonly number[], kind: number): Card[] {
  const answer = out === null ? null : new Set((out as FdLists)[kind] ?? []);
  return asked.map((fd) => {
    const isReady = answer?.has(fd) ?? false;
    // After an error the sets are as they were.
    const bit = ret !== null && ret < 0 ? '1' : isReady ? '1' : '0';
    return { fd, asked: '1', answered: answer === null ? null : bit, isReady };
  });
}

function pollCards({ in: asked, out }: Wait): Card[] {
  const answer = out === null ? null : new Map(out as FdEvents[]);
  return (asked as FdEvents[]).map(([fd, events]) => {
    const revents = answer?.get(fd) ?? 0;
    return {
      ...{ fd, asked: names(events) },
      answered: answer === null ? null : names(revents),
      isReady: revents !== 0,
    };
  });
}

interface CardsProps {
  title: string;
  rows: [string, string];
  cards: Card[];
}

function Cards({ title, rows, cards }: CardsProps) {
  if (cards.length > MAX_CARDS) return <HeatMap title={title} cards={cards} />;
  return (
    <List title={title}>
      <tr>
        <th scope="row">fd</th>
        {cards.map(({ fd, isReady }, n) => (
          <td key={n} class={`fd ${isReady ? 'ready' : ''}`}>
            {fd}
          </td>
        ))}
      </tr>
      <tr>
        <th scope="row">{rows[0]}</th>
        {cards.map(({ asked }, n) => (
          <td key={n}>{asked.replaceAll('|', '\u200b|')}</td>
        ))}
      </tr>
      <tr>
        <th scope="row">{rows[1]}</th>
        {cards.map(({ answered, isReady }, n) => (
          <td key={n} class={isReady ? 'ready' : answered === '0' ? 'cleared' : ''}>
            {answered?.replaceAll('|', '\u200b|') ?? '…'}
          </td>
        ))}
      </tr>
    </List>
  );
}

function List({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="list">
      <p class="quiet" aria-hidden="true">
        {title}
      </p>
      <table class="cards" aria-label={title}>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

const SQUARE = 9;
const ACROSS = 32;

function HeatMap({ title, cards }: { title: string; cards: Card[] }) {
  const ready = cards.filter(({ isReady }) => isReady).map(({ fd }) => fd);
  const height = Math.ceil(cards.length / ACROSS) * SQUARE;
  const answer = ready.length === 0 ? 'none ready' : `ready: fd ${ready.slice(0, 8).join(', ')}`;
  return (
    <figure class="heat">
      <figcaption>
        {title} of {cards.length} fds; {answer}
      </figcaption>
      <svg
        viewBox={`0 0 ${ACROSS * SQUARE} ${height}`}
        role="img"
        aria-label={`${cards.length} fds, ${answer}`}
      >
        {cards.map(({ isReady }, n) => (
          <rect
            key={n}
            x={(n % ACROSS) * SQUARE}
            y={Math.floor(n / ACROSS) * SQUARE}
            width={SQUARE - 1}
            height={SQUARE - 1}
            class={isReady ? 'square ready' : 'square'}
          />
        ))}
      </svg>
    </figure>
  );
}

function EpollAnswer({ wait: { epfd, out, ret } }: { wait: Wait }) {
  const answer = (out ?? []) as FdEvents[];
  return (
    <List title={`asks the set of fd ${epfd}, and passes no list`}>
      <tr>
        <th scope="row">fd</th>
        {answer.map(([fd]) => (
          <td key={fd} class="fd ready">
            {fd}
          </td>
        ))}
        {answer.length === 0 ? <td class="cleared">{ret === null ? '…' : 'none'}</td> : null}
      </tr>
      <tr>
        <th scope="row">events</th>
        {answer.map(([fd, events]) => (
          <td key={fd} class="ready">
            {names(events).replaceAll('|', '\u200b|')}
          </td>
        ))}
        {answer.length === 0 ? <td class="cleared">{ret === null ? '…' : 'none'}</td> : null}
      </tr>
    </List>
  );
}
