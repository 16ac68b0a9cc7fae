/** A protocol of lines only. */
import { LineProtocol } from './line-protocol.js';

/**
 * A protocol that receives lines. What has come after them is ignored once the connection is to be
 * lost. A line that is too long is dropped after `lineLengthExceeded` got the part that has come.
 *
 * Mirrors `twisted.protocols.basic.LineOnlyReceiver`:
 * https://docs.twisted.org/en/stable/api/twisted.protocols.basic.LineOnlyReceiver.html
 */
export class LineOnlyReceiver extends LineProtocol {}
