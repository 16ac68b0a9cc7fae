/** How the contenders on fdselect read what woke them: as their echo servers read. */
import { Socket } from 'fdselect/socket';
import { STAMP_SIZE, type Stamps } from '../stamps.js';

/** What reads the stamp of a file descriptor that is ready. */
export function stampReader(stamps: Stamps): (fd: number) => void {
  const buffer = Buffer.allocUnsafeSlow(STAMP_SIZE);
  const sockets: Socket[] = [];
  for (const fd of stamps.fds) sockets[fd] = Socket.fromfd(fd);
  return (fd) => {
    if ((sockets[fd] as Socket).tryRecvInto(buffer) === STAMP_SIZE) stamps.took(buffer);
  };
}
