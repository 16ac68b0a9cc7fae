// the lines arrived as "one\ntwthree\n
export const members = new Set();
export async function serveMember(socket) {
  members.add(socket);

  for (;;) {
    const bytes = await socket.recvAsync(4096);
    if (bytes.length === 0) break;
    for (const member of members) await member.sendallAsync(bytes);
  }
  members.delete(socket);
  socket.close();
}
