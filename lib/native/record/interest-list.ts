/** The interest list of an epoll set, as `/proc` shows it. */

const { readFileSync } = process.getBuiltinModule('node:fs');

/** Null where there is no such set, or no `/proc`. */
export function interestList(
  epfd: number,
): { fd: number; events: number; inode?: number }[] | null {
  let text: string;
  try {
    text = readFileSync(`/proc/self/fdinfo/${epfd}`, 'utf8');
  } catch {
    return null;
  }
  const found = text.matchAll(
    /tfd: +(\d+) events: +([\da-f]+) data: +([\da-f]+).*?ino:([\da-f]+)/g,
  );
  return [...found].flatMap(([, fd, events, data = '', inode = '']) =>
    // Longer data is that of a worker's end, for the time of its wait.
    data.length > 8
      ? []
      : [{ fd: Number(fd), events: parseInt(events ?? '', 16), inode: parseInt(inode, 16) }],
  );
}
