/* Asks select(2) with sets of its own making; prints one "name value" a line for claims.ts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

static void say(const char *name, long value) { printf("%s %ld\n", name, value); }

static int wait_for(int nfds, fd_set *reads, long microseconds, struct timeval *left) {
  struct timeval timeout = {microseconds / 1000000, microseconds % 1000000};
  int answer = select(nfds, reads, NULL, NULL, &timeout);
  if (left != NULL) *left = timeout;
  return answer;
}

int main(void) {
  int ready[2], quiet[2];
  struct timeval left;
  fd_set set;
  if (pipe(ready) != 0 || pipe(quiet) != 0 || write(ready[1], "x", 1) != 1) return 1;
  int nfds = quiet[1] + 1;

  FD_ZERO(&set);
  FD_SET(ready[0], &set);
  FD_SET(quiet[0], &set);
  FD_SET(50, &set); /* above nfds, in the word of nfds */
  FD_SET(70, &set); /* in the next word */
  say("answer", wait_for(nfds, &set, 5000000, &left));
  say("ready", FD_ISSET(ready[0], &set) != 0);
  say("quiet", FD_ISSET(quiet[0], &set) != 0);
  say("same-word", FD_ISSET(50, &set) != 0);
  say("next-word", FD_ISSET(70, &set) != 0);
  say("left", left.tv_sec * 1000000L + left.tv_usec);

  FD_ZERO(&set);
  FD_SET(ready[0], &set);
  say("nfds-too-small", wait_for(ready[0], &set, 1000, NULL));

  FD_ZERO(&set);
  FD_SET(quiet[0], &set);
  say("timeout", wait_for(nfds, &set, 1000, &left));
  say("timeout-bit", FD_ISSET(quiet[0], &set) != 0);
  say("timeout-left", left.tv_sec * 1000000L + left.tv_usec);
  if (write(quiet[1], "y", 1) != 1) return 1;
  say("not-filled", wait_for(nfds, &set, 1000, NULL)); /* the set is as the call has left it */

  close(quiet[0]);
  FD_ZERO(&set);
  FD_SET(ready[0], &set);
  FD_SET(quiet[0], &set);
  say("closed", wait_for(nfds, &set, 0, NULL) == -1 && errno == EBADF);
  say("closed-bits", (FD_ISSET(ready[0], &set) != 0) + (FD_ISSET(quiet[0], &set) != 0));
  say("fd-set-bytes", sizeof(fd_set));
  return 0;
}
