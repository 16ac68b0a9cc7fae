/** `LineOnlyReceiver`: a protocol that receives only lines. */
import { LineProtocol } from './line-protocol.js';

/**
 * A protocol that receives lines. After `loseConnection`, further input is ignored. A line that is too
 * long is dropped after `lineLengthExceeded` was called with the part that was received.
 *
 * Mirrors `twisted.protocols.basic.LineOnlyReceiver`:
 * https://docs.twisted.org/en/stable/api/twisted.protocols.basic.LineOnlyReceiver.html
 * @platform POSIX
 */
export class LineOnlyReceiver extends LineProtocol {}
