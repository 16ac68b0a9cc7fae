/** Decodes the events of inotify(7). */

/** One change of a file or folder, or the report that some were lost; inotify(7). */
export interface InotifyEvent {
  /** The watch's number, of `inotifyAddWatch`; -1 if events were lost. */
  wd: number;
  /** The kind of change, such as `IN_CREATE`, perhaps with `IN_ISDIR`; unsigned. */
  mask: number;
  /** The same number in both events of a renaming; 0 in others. */
  cookie: number;
  /**
   * The file in a watched folder; `''` for the watched file or folder itself. Bytes if not UTF-8.
   */
  name: string | Buffer;
}

/** struct inotify_event: wd, mask, cookie, len, each of 32 bits; then the name, padded with NUL. */
const HEADER_SIZE = 16;
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

export function parseEvents(bytes: Buffer): InotifyEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: InotifyEvent[] = [];
  for (let at = 0; at + HEADER_SIZE <= bytes.length; ) {
    const begin = at + HEADER_SIZE;
    const end = begin + view.getUint32(at + 12, isLittleEndian);
    events.push({
      wd: view.getInt32(at, isLittleEndian),
      mask: view.getUint32(at + 4, isLittleEndian),
      cookie: view.getUint32(at + 8, isLittleEndian),
      name: nameOf(bytes.subarray(begin, end)),
    });
    at = end;
  }
  return events;
}

function nameOf(padded: Buffer): string | Buffer {
  const end = padded.indexOf(0);
  const name = end < 0 ? padded : padded.subarray(0, end);
  const { isUtf8 } = process.getBuiltinModule('node:buffer');
  return isUtf8(name) ? name.toString() : Buffer.from(name);
}
