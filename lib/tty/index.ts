/**
 * `fdselect/tty`: the attributes and modes of terminals.
 *
 * Mirrors https://docs.python.org/3/library/termios.html and https://docs.python.org/3/library/tty.html
 */
export {
  type Attributes,
  CC,
  CFLAG,
  IFLAG,
  ISPEED,
  LFLAG,
  OFLAG,
  OSPEED,
  tcgetattr,
  tcgetwinsize,
  tcsetattr,
  tcsetwinsize,
} from './attributes.js';
export * from './constants.js';
export * from './line.js';
export { cfmakecbreak, cfmakeraw, setcbreak, setraw } from './modes.js';
