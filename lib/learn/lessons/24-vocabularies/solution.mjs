// Solution of lesson 24: lines are cut by hand, and a member that is lost takes only itself away.
export const members = new Set();

async function say(member, line) {
  try {
    await member.sendallAsync(line);
  } catch {
    // It is lost. Its own recvAsync gets that error, and forgets it.
  }
}

export async function serveMember(socket) {
  members.add(socket);
  let rest = Buffer.alloc(0);
  try {
    for (;;) {
      const bytes = await socket.recvAsync(4096);
      if (bytes.length === 0) return;
      rest = Buffer.concat([rest, bytes]);
      const end = rest.lastIndexOf('\n') + 1;
      if (end === 0) continue;
      const lines = rest.subarray(0, end);
      rest = rest.subarray(end);
      await Promise.all([...members].map((member) => say(member, lines)));
    }
  } catch {
    // a reset
  } finally {
    members.delete(socket);
    socket.close();
  }
}
