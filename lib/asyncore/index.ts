/** `fdselect/asyncore`: Python's `asyncore` module, as it was until Python 3.11. */
export type { Channel, ChannelMap } from './channel.js';
export { Dispatcher } from './dispatcher.js';
export { DispatcherWithSend } from './dispatcher-with-send.js';
export { _strerror, compactTraceback, type Place } from './errors.js';
export { _exception, type EventHandlers, read, readwrite, write } from './events.js';
export { ExitNow } from './exit-now.js';
export { FileDispatcher, FileWrapper } from './file-dispatcher.js';
export { loop, loopAsync, poll, poll2, poll3, type UsePoll } from './loop.js';
export { closeAll, socketMap } from './map.js';
