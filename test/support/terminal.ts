/** Runs a program on a new terminal, and types like its user. */
import { spawn } from 'node:child_process';
import { read, writeAll } from 'fdselect/io';
import { openpty, close as osClose } from 'fdselect/os';
import { ECHO, tcgetattr } from 'fdselect/tty';
import { Child, type Finished, until } from './server.ts';

export class Terminal {
  /** All that was shown. */
  shown = '';
  readonly child: Child;
  readonly #master: number;
  readonly #slave: number;

  /** Starts a command whose controlling terminal it is. */
  constructor(command: string[], typedAhead = '') {
    [this.#master, this.#slave] = openpty();
    if (typedAhead !== '') writeAll(this.#master, typedAhead);
    const slave = this.#slave;
    this.child = new Child(
      spawn('setsid', ['--ctty', ...command], { stdio: [slave, slave, slave] }),
    );
  }

  /** Waits until a text was shown after all that was waited for before. */
  async shows(text: string): Promise<void> {
    await until(
      () => {
        this.#read();
        return this.shown.includes(text);
      },
      `${text}\nin\n${JSON.stringify(this.shown)}`,
    );
  }

  type(text: string): void {
    writeAll(this.#master, text);
  }

  /** Whether typed characters are shown. */
  get echoes(): boolean {
    return (tcgetattr(this.#slave)[3] & ECHO) !== 0;
  }

  /** Waits for the end of the command; all that it has shown is in `shown` then. */
  async finished(): Promise<Finished> {
    const result = await this.child.finished();
    // The kernel may pass on the last output a little later: this byte comes behind it.
    writeAll(this.#slave, '\0');
    await until(() => {
      this.#read();
      return this.shown.endsWith('\0');
    }, 'the last output');
    this.shown = this.shown.slice(0, -1);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child[Symbol.asyncDispose]();
    osClose(this.#master);
    osClose(this.#slave);
  }

  #read(): void {
    try {
      for (;;) this.shown += read(this.#master, 4096, { timeout: 0 }).toString();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ETIMEDOUT') throw error;
    }
  }
}
