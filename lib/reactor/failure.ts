/** `Failure`: an error as an argument, with methods to examine it. */

/** A class of errors. */
export type ErrorClass = abstract new (...args: never[]) => Error;

/**
 * An error that is passed as an argument instead of being thrown.
 *
 * Mirrors the part of `twisted.python.failure.Failure` that protocols use:
 * https://docs.twisted.org/en/stable/api/twisted.python.failure.Failure.html
 * @platform POSIX
 */
export class Failure {
  /** The error. */
  readonly value: Error;

  /** @param value - an Error; any other value, which JavaScript can throw too, becomes one */
  constructor(value: unknown) {
    this.value = value instanceof Error ? value : new Error(String(value));
  }

  /** The class of `value`. */
  get type(): ErrorClass {
    return this.value.constructor as ErrorClass;
  }

  /**
   * Whether `value` is an instance of one of the classes.
   * @param classes - classes of errors, such as `ConnectionDone`
   * @returns the first matching class, or null
   */
  check(...classes: ErrorClass[]): ErrorClass | null {
    return classes.find((Class) => this.value instanceof Class) ?? null;
  }

  /**
   * As {@link check}, but throws `value` if no class matches.
   * @param classes - classes of errors
   * @returns the first matching class
   * @throws `value` if no class matches
   */
  trap(...classes: ErrorClass[]): ErrorClass {
    const found = this.check(...classes);
    if (found === null) throw this.value;
    return found;
  }

  /** @throws `value` */
  raiseException(): never {
    throw this.value;
  }

  /** The message of the error, without a stack; one line for errors of the reactor. */
  getErrorMessage(): string {
    return this.value.message;
  }

  /** The error with its stack. */
  getTraceback(): string {
    return this.value.stack ?? String(this.value);
  }

  /** @returns such as `[Failure instance: ConnectionDone: Connection was closed cleanly.]` */
  toString(): string {
    return `[Failure instance: ${this.value}]`;
  }
}
