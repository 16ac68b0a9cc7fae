/** `fdselect/stream`: the connections of a server, and accepting them, without an event loop. */
export { type Accepted, type AcceptOptions, acceptConnections } from './accept.js';
export { Acceptor, type AcceptorOptions } from './acceptor.js';
export { type LineWriter, lineWriter } from './line-writer.js';
export { LineBuffer } from './lines.js';
export { OutputBuffer } from './output-buffer.js';
export { Peer, READ, WRITE } from './peer.js';
export * from './policy.js';
export { endRests, Rest } from './rest.js';
export { Sender } from './sender.js';
