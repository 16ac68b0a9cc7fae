// Exercise of lesson 15. Passes on what has arrived at `from`, once. Urgent bytes get lost.
// Mend it: an urgent byte is sent on as an urgent byte, normal data as normal data, in this order.
// Both sockets are non-blocking. `from` has something to read, or an urgent byte, or both.
export function passOn(from, to) {
  const buffer = Buffer.alloc(4096);
  for (;;) {
    const size = from.tryRecvInto(buffer);
    if (size === null || size === 0) return;
    to.send(buffer.subarray(0, size));
  }
}
