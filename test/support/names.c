/* Preloaded into a child process: host names that tests choose, with their addresses and delays.
   NAMES="slow.test 1000 127.0.0.1;race.test 0 127.0.0.2 127.0.0.1" (name, milliseconds, addresses) */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int Lookup(const char*, const char*, const struct addrinfo*, struct addrinfo**);

int getaddrinfo(const char* host, const char* port, const struct addrinfo* hints,
                struct addrinfo** found) {
  Lookup* real = (Lookup*)dlsym(RTLD_NEXT, "getaddrinfo");
  const char* names = getenv("NAMES");
  char copy[1024], *entry_rest, *word_rest;
  snprintf(copy, sizeof copy, "%s", names == NULL ? "" : names);
  for (char* entry = strtok_r(copy, ";", &entry_rest); entry; entry = strtok_r(NULL, ";", &entry_rest)) {
    char* name = strtok_r(entry, " ", &word_rest);
    if (host == NULL || strcmp(name, host) != 0) continue;
    usleep(1000 * atoi(strtok_r(NULL, " ", &word_rest)));
    *found = NULL;
    for (char* address; (address = strtok_r(NULL, " ", &word_rest));) {
      int result = real(address, port, hints, found);
      if (result != 0) return result;
      while (*found) found = &(*found)->ai_next;
    }
    return 0;
  }
  return real(host, port, hints, found);
}
