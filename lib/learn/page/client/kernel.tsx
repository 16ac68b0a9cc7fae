/** The kernel's side: the file of each number, the bytes in its buffer, and the sets that watch it. */
import { names } from '../../replay/events.js';
import { answeredFds, EVENT, hasBit } from '../../replay/facts.js';
import type { CallRecord } from '../../replay/format.js';
import type { FileState } from '../../replay/model.js';
import { isWait } from '../../replay/steps.js';
import { type Entry, type NumberState, type Row, rowsOf, sayRow } from './files.js';
import type { Moment } from './moment.js';

const WIDTH = 344;
const FD = { x: 2, width: 38, height: 24 };
const FILE = { x: 66, width: 168, height: 40 };
const ENTRY = { x: 260, width: 82, height: 26 };
const GAP = 7;
const HEAD = 18;
const CELL = 15;
const MAX_CELLS = 10;
/** The bits that say how, and not for what. */
const FLAGS = 0xf0000000;
/** Of more rows only those with something to tell are drawn. */
const MAX_ROWS = 10;

export function Kernel({ moment }: { moment: Moment }) {
  const all = rowsOf(moment);
  const isLong = all.length > MAX_ROWS;
  const rows = isLong ? liveliest(all, moment) : all;
  if (all.length === 0) return <p class="quiet">No file is open yet.</p>;
  const hasSets = Object.values(moment.after.sets).length > 0;
  const heights = rows.map(heightOf);
  const tops = heights.map((_, n) =>
    heights.slice(0, n).reduce((sum, one) => sum + one + GAP, HEAD),
  );
  const height = heights.reduce((sum, one) => sum + one + GAP, HEAD);
  return (
    <>
      <svg
        class="files"
        viewBox={`0 0 ${WIDTH} ${height}`}
        role="img"
        aria-label={`${rows.map(sayRow).join('. ')}.`}
      >
        <text x={FD.x} y={11} class="head">
          number
        </text>
        <text x={FILE.x} y={11} class="head">
          file, with its buffer ○
        </text>
        {hasSets ? (
          <text x={ENTRY.x} y={11} class="head">
            interest list
          </text>
        ) : null}
        {rows.map((row, n) => (
          <FileRow key={row.file.id} row={row} top={tops[n] as number} />
        ))}
      </svg>
      {isLong ? (
        <p class="quiet">
          {all.length} files are open;{' '}
          {rows.length === 0
            ? 'nothing changes in any of them'
            : 'only those with something to tell are drawn'}
          .
        </p>
      ) : null}
      <Ready moment={moment} />
    </>
  );
}

/** The rows in which something is to be seen: those of this step first, then those with data. */
function liveliest(all: Row[], { call, step }: Moment): Row[] {
  const fds = new Set([call?.fd, ...(call && step?.phase !== 'enter' ? answers(call) : [])]);
  const isNow = ({ numbers, isNew, isGone }: Row) =>
    isNew !== isGone || numbers.some(({ fd }) => fds.has(fd));
  const isFull = ({ file }: Row) => file.inbox.bytes > 0 || file.ended;
  const kinds = [isNow, isFull, () => true];
  const rank = (row: Row) => kinds.findIndex((is) => is(row));
  const lively = all.filter((row) => isNow(row) || isLively(row));
  return lively.sort((a, b) => rank(a) - rank(b)).slice(0, MAX_ROWS);
}

const answers = (call: CallRecord) => (isWait(call) ? answeredFds(call).map(([fd]) => fd) : []);

/** Whether something is to be seen in a row: data, an end, a change. */
function isLively({ file, isNew, isGone, entries, numbers }: Row): boolean {
  return (
    file.inbox.bytes > 0 ||
    (file.ended && !isGone) ||
    (isGone && !isNew) ||
    file.received > 0 ||
    numbers.length > 1 ||
    entries.some(({ isReady, isGhost }) => isReady || isGhost)
  );
}

const heightOf = ({ numbers, entries }: Row) =>
  Math.max(FILE.height, numbers.length * (FD.height + 4), entries.length * (ENTRY.height + 4));

function FileRow({ row, top }: { row: Row; top: number }) {
  const { file, numbers, entries, isNew, isGone, other } = row;
  const middle = top + heightOf(row) / 2;
  const fileTop = middle - FILE.height / 2;
  const place = (n: number, count: number, height: number) =>
    middle - ((count - 1) * (height + 4)) / 2 + n * (height + 4);
  return (
    <g class={`row ${isGone ? 'gone' : ''}`}>
      {numbers.map((number, n) => (
        <NumberBox
          key={number.fd}
          number={number}
          y={place(n, numbers.length, FD.height)}
          target={middle}
        />
      ))}
      <g class={`file ${isNew ? 'new' : ''} ${file.inbox.bytes > 0 || file.ended ? 'full' : ''}`}>
        <rect x={FILE.x} y={fileTop} width={FILE.width} height={FILE.height} rx={5} />
        <text x={FILE.x + 7} y={fileTop + 14} class="name">
          {file.type} {file.id}
        </text>
        <text x={FILE.x + FILE.width - 7} y={fileTop + 14} class="other">
          {isGone ? 'closed' : endOf(file, other)}
        </text>
        <Inbox file={file} x={FILE.x + 7} y={fileTop + 20} />
      </g>
      {entries.map((entry, n) => (
        <EntryBox
          key={entry.interest.fd}
          entry={entry}
          y={place(n, entries.length, ENTRY.height)}
          target={middle}
        />
      ))}
    </g>
  );
}

function endOf(file: FileState, other: FileState | undefined): string {
  if (file.listening) return 'listening';
  if (file.ended) return 'other end ended';
  if (other === undefined) return '';
  const { bytes } = other.inbox;
  return `⇄ fd ${other.fds.join()}${bytes > 0 ? ` (${bytes} B)` : ''}`;
}

/** Without the other end in the recording, what can be read is not known. */
function emptyInbox({ access, listening, other, shut }: FileState): string {
  if (access === 'write') return 'the end to write to';
  return listening || shut || other === undefined ? '' : 'nothing to read';
}

/** What can be read: a cell for each byte, or a bar with the count. */
function Inbox({ file, x, y }: { file: FileState; x: number; y: number }) {
  const { bytes, text } = file.inbox;
  if (bytes <= 0) {
    return (
      <text x={x} y={y + 12} class="empty">
        {emptyInbox(file)}
      </text>
    );
  }
  if (bytes > MAX_CELLS || text === null || text.length !== bytes) {
    return (
      <g class="inbox">
        <rect x={x} y={y} width={CELL * MAX_CELLS} height={16} rx={2} />
        <text x={x + 5} y={y + 12}>
          {bytes.toLocaleString('en')} B to read
        </text>
      </g>
    );
  }
  return (
    <g class="inbox">
      {[...text].map((character, n) => (
        <g key={n}>
          <rect x={x + n * CELL} y={y} width={CELL - 1} height={16} rx={2} />
          <text x={x + n * CELL + CELL / 2 - 0.5} y={y + 12} class="byte">
            {character}
          </text>
        </g>
      ))}
    </g>
  );
}

function NumberBox({ number, y, target }: { number: NumberState; y: number; target: number }) {
  const { fd, isNew, isGone } = number;
  return (
    <g class={`number ${isGone ? 'gone' : ''} ${isNew ? 'new' : ''}`}>
      <line x1={FD.x + FD.width} y1={y} x2={FILE.x - 5} y2={target} />
      <path d={`M ${FILE.x - 1} ${target} l -6 -3.5 v 7 z`} />
      <rect x={FD.x} y={y - FD.height / 2} width={FD.width} height={FD.height} rx={12} />
      <text x={FD.x + FD.width / 2} y={y + 4.5}>
        {isNew ? '+' : ''}
        {fd}
      </text>
    </g>
  );
}

function EntryBox({ entry, y, target }: { entry: Entry; y: number; target: number }) {
  const { interest, isReady, isGhost } = entry;
  const right = FILE.x + FILE.width;
  const events = interest.armed ? names(interest.events & ~FLAGS) : 'disarmed';
  const how = [
    hasBit(interest.events, EVENT.ET) ? 'ET' : '',
    hasBit(interest.events, EVENT.ONESHOT) ? '1×' : '',
    hasBit(interest.events, EVENT.EXCLUSIVE) ? 'EXCL' : '',
  ].join('');
  return (
    <g class={`entry ${isReady ? 'ready' : ''} ${isGhost ? 'ghost' : ''}`}>
      <line x1={ENTRY.x} y1={y} x2={right + 5} y2={target} />
      <path d={`M ${right + 1} ${target} l 6 -3.5 v 7 z`} />
      <rect x={ENTRY.x} y={y - ENTRY.height / 2} width={ENTRY.width} height={ENTRY.height} rx={4} />
      <text x={ENTRY.x + 8} y={y + 4}>
        <tspan class="fd">{interest.fd}</tspan> {events} {interest.armed ? how : ''}
      </text>
    </g>
  );
}

/** The ready lists, and the interest lists as the kernel showed them. */
function Ready({ moment: { after } }: { moment: Moment }) {
  const sets = Object.entries(after.sets).filter(([id]) => (after.files[id]?.fds.length ?? 0) > 0);
  return (
    <>
      {sets.map(([id, { ready, interest, kernel }]) => (
        <div key={id} class="set">
          <p>
            Set of fd {after.files[id]?.fds.join(', ')} watches {interest.length}. Ready list{' '}
            <abbr title="computed">○</abbr> {ready.length === 0 ? <i>empty</i> : null}
            {ready.slice(0, 8).map((key) => (
              <b key={key} class="ready">
                {key.split(' ')[0]}
              </b>
            ))}
            {ready.length > 8 ? ` and ${ready.length - 8} more` : ''}
          </p>
          {kernel === null || kernel.length > 8 ? null : (
            <p class="kernel-list">
              <abbr title="read from the kernel">◆</abbr> /proc says:{' '}
              {kernel.length === 0
                ? 'empty'
                : kernel
                    .map(
                      ({ fd, events, inode }) =>
                        `tfd ${fd} ${events.toString(16)}${inode === undefined ? '' : ` ino ${inode}`}`,
                    )
                    .join('; ')}
            </p>
          )}
        </div>
      ))}
    </>
  );
}
