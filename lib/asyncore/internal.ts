/** What the floors above may use of `asyncore` beyond its public names. */
export { declareQuiet } from './answers.js';
export { sending } from './dispatcher.js';
