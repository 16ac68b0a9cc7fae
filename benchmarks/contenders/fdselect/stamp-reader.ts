/** Reads the stamp of a wake-up, as the echo servers on fdselect read. */
import { Socket } from 'fdselect/socket';
import { STAMP_SIZE, type Stamps } from '../stamps.js';

/** Reads the stamp of a ready file descriptor. */
export function stampReader(stamps: Stamps): (fd: number) => void {
  const buffer = Buffer.allocUnsafeSlow(STAMP_SIZE);
  const sockets: Socket[] = [];
  for (const fd of stamps.fds) sockets[fd] = Socket.fromfd(fd);
  return (fd) => {
    if ((sockets[fd] as Socket).tryRecvInto(buffer) === STAMP_SIZE) stamps.took(buffer);
  };
}
