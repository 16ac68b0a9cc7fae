// ECONNRESET
export const members = new Set();
export async function serveMember(socket) {
  members.add(socket);
  let rest = Buffer.alloc(0);
  for (;;) {
    const bytes = await socket.recvAsync(4096);
    if (bytes.length === 0) break;
    rest = Buffer.concat([rest, bytes]);
    const end = rest.lastIndexOf('\n') + 1;
    const lines = rest.subarray(0, end);
    rest = rest.subarray(end);
    if (end > 0) for (const member of members) await member.sendallAsync(lines);
  }
  members.delete(socket);
  socket.close();
}
