/** What other floors may use of `socket` beside its public names. */
export { toEndpoint } from './address.js';
export { withAddress } from './errors.js';
export { BackgroundLookup } from './lookup.js';
