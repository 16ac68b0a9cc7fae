/** What other floors may use of `asyncore` beside its public names. */
export { declareQuiet } from './channel.js';
export { sending } from './dispatcher.js';
