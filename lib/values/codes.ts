/** The codes of this package's own errors. (The `code` of an OSError is the name of an errno.) */

/** Each code with its meaning. Every code that is thrown is in this list. */
const ERROR_CODES = {
  ERR_ADDON_NOT_FOUND: 'the native addon is not where the package looks for it',
  ERR_ALREADY_ACTIVE: 'a component was activated before',
  ERR_ALREADY_CALLED: 'a delayed call has run already',
  ERR_ALREADY_CANCELLED: 'a delayed call was cancelled before',
  ERR_ALREADY_REGISTERED: 'a file descriptor or name is registered already (KeyError)',
  ERR_ASYNC_MAIN: 'the main of a component is asynchronous where it must not be',
  ERR_BOX_ALREADY_LINKED: 'a box of a component has a link already',
  ERR_BOX_EMPTY: 'there is nothing in a box of a component',
  ERR_CLOSED: 'an object is closed, or was closed while a promise waited for it',
  ERR_CONCURRENT_POLL: 'another wait on the object is pending',
  ERR_CONNECTING: 'a connector is connecting or connected already',
  ERR_CONNECTION_ABORTED: 'the connection was aborted by this side',
  ERR_CONNECTION_CLOSED: 'the connection is closed',
  ERR_CONNECTION_DONE: 'the connection was closed cleanly',
  ERR_CONNECTION_LOST: 'the connection was lost',
  ERR_EOF: 'the input has ended before there was a line',
  ERR_INVALID_ARG_TYPE: 'an argument has the wrong type (TypeError)',
  ERR_LOOP_RUNNING: 'the loop or scheduler is running already',
  ERR_METHOD_NOT_IMPLEMENTED: 'a subclass has to implement the method',
  ERR_NOT_ACTIVE: 'a component was not activated',
  ERR_NOT_CONNECTING: 'a connector is not connecting',
  ERR_NOT_REGISTERED: 'a file descriptor or name is not registered (KeyError)',
  ERR_NO_SOCKET: 'a dispatcher has no socket',
  ERR_NO_SPACE_IN_BOX: 'a box of a component is full',
  ERR_OUT_OF_RANGE: 'an argument is of the right type but not a possible value (RangeError)',
  ERR_REACTOR_ALREADY_RUNNING: 'the reactor is running already',
  ERR_REACTOR_NOT_RUNNING: 'the reactor is not running',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
