/**
 * What other floors may use of `asyncore` beside its public names. rolldown.config.js puts these
 * modules into a shared file, so that the file of `fdselect/asyncore` exports public names only.
 */
export { declareQuiet } from './quiet.js';
export { sending } from './sending.js';
