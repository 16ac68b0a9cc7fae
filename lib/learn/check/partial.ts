/** Rule `partial`: what `send` did not take is sent later. */

import { count } from '../replay/count.js';
import type { State } from '../replay/model.js';
import { isLost, isSend } from './calls.js';
import type { Ending, Finding, Moment, Rule } from './finding.js';

interface Debt {
  readonly fd: number;
  readonly n: number;
  readonly size: number;
  readonly taken: number;
  left: number;
}

export class Partial implements Rule {
  /** Bytes that were offered and not taken, by file. */
  readonly #debts = new Map<string, Debt>();
  readonly #found: Finding[] = [];

  see({ record, file, n, step, state }: Moment): void {
    if (file === undefined || step.phase === 'enter') return;
    if (isSend(record) && record.size !== undefined) this.#send(file, record, n);
    // The connection is lost: the bytes had nowhere to go.
    if (isLost(record)) this.#debts.delete(file);
    if (record.call === 'close' && state.files[file]?.fds.length === 0) {
      const other = state.files[state.files[file]?.other ?? ''];
      if (other === undefined || other.fds.length > 0) this.#report(file, n, 'it was closed');
      this.#debts.delete(file);
    }
  }

  #send(file: string, { fd = -1, size = 0, ret, errno }: Moment['record'], n: number): void {
    const taken = Math.max(ret, 0);
    const debt = this.#debts.get(file);
    if (debt !== undefined) debt.left -= taken;
    const isPart = (ret >= 0 && ret < size) || (errno === 'EAGAIN' && size > 0);
    if (isPart && (debt === undefined || size - taken > debt.left)) {
      this.#debts.set(file, { fd, n, size, taken, left: size - taken });
    } else if (debt !== undefined && debt.left <= 0) {
      this.#debts.delete(file);
    }
  }

  #report(file: string, n: number, what: string): void {
    const debt = this.#debts.get(file);
    if (debt === undefined) return;
    const { fd, size, taken, left } = debt;
    const sentence = `send took ${taken} of ${count(size, 'byte')} for fd ${fd}, and before ${what} at least ${left} of the others were not sent: keep what is left, and send it when the fd is writable.`;
    this.#found.push({ rule: 'partial', sentence, steps: [debt.n, n], lesson: 2 });
  }

  findings(state: State, ending: Ending | undefined): Finding[] {
    if (ending !== undefined) {
      for (const file of this.#debts.keys()) this.#report(file, state.step, 'the program ended');
    }
    return this.#found;
  }
}
