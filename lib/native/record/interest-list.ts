/** Reads the interest list of an epoll set from `/proc`. */

const { readFileSync } = process.getBuiltinModule('node:fs');

/** Null if there is no such set or no `/proc`. */
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
    // Longer data belongs to the termination fd of a worker; see native/binding/epoll.cc.
    data.length > 8
      ? []
      : [{ fd: Number(fd), events: parseInt(events ?? '', 16), inode: parseInt(inode, 16) }],
  );
}
