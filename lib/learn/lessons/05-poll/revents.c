/* Asks poll(2) with an array whose revents are painted; prints "name value" lines for claims.ts. */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define PAINT 0x7fff

int main(void) {
  int ready[2], quiet[2];
  if (pipe(ready) != 0 || pipe(quiet) != 0 || write(ready[1], "x", 1) != 1) return 1;
  struct pollfd all[] = {
      {ready[0], POLLIN, PAINT}, {quiet[0], POLLIN, PAINT}, {-1, POLLIN, PAINT}};
  printf("answer %d\n", poll(all, 3, 0));
  printf("ready %d\n", all[0].revents == POLLIN);
  printf("quiet %d\n", all[1].revents);
  printf("negative %d\n", all[2].revents);
  printf("events-kept %d\n", all[0].events == POLLIN && all[1].events == POLLIN);
  printf("entry-bytes %zu\n", sizeof(struct pollfd));
  return 0;
}
