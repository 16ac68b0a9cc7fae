/** What the floors above may use of `socket` beyond its public names. */
export { toEndpoint } from './address.js';
export { BackgroundLookup } from './lookup.js';
