// Exercise of lesson 24. A chat of lines in the reactor's words:
//
//   class Member extends LineOnlyReceiver {
//     delimiter = '\n';
//     connectionMade() { members.add(this); }
//     lineReceived(line) { for (const member of members) member.sendLine(line); }
//     connectionLost() { members.delete(this); }
//   }
//
// Port it to promises: serve one member until it leaves. All members are served at the same time.

/** The sockets of all who are there. A socket has recvAsync(size) and sendallAsync(bytes). */
export const members = new Set();

/** Ends when the member has ended or is lost; then the socket is closed and forgotten. */
export async function serveMember(socket) {
  const bytes = await socket.recvAsync(4096);
  await socket.sendallAsync(bytes);
}
