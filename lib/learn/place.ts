/** Where the files of `learn` are. */

const { url } = import.meta;

/** The URL of the folder `learn`, in lib/ and in dist/, where this code may be in another file. */
export const LEARN = url.slice(0, url.lastIndexOf('/learn/') + '/learn/'.length);
