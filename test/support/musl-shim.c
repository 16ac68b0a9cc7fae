/* The functions of glibc that Debian's libstdc++ and libgcc_s need and musl lacks: with them the musl
 * build of Bun, which needs a libstdc++, runs on Debian. Built without a C library by
 * test/prebuilds.mjs, under the name of glibc's loader, which libstdc++ asks for. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

char __libc_single_threaded = 0;

/* libgcc_s's own description of the processor, which it finds only by a version of the symbol. */
unsigned __cpu_model[4];
int __cpu_indicator_init(void) { return 0; }

unsigned arc4random(void) {
  unsigned number = 0;
  getrandom(&number, sizeof number, 0);
  return number;
}

size_t __strftime_l(char *text, size_t size, const char *format, const struct tm *time, locale_t l) {
  return strftime_l(text, size, format, time, l);
}

/* Destructors of thread_local objects, the last one first. */
struct destructor {
  void (*function)(void *);
  void *object;
  struct destructor *next;
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void run_destructors(void *list) {
  for (struct destructor *one = list; one != NULL;) {
    struct destructor *next = one->next;
    one->function(one->object);
    free(one);
    one = next;
  }
}

static void make_key(void) { pthread_key_create(&key, run_destructors); }

int __cxa_thread_atexit_impl(void (*function)(void *), void *object, void *library) {
  (void)library;
  pthread_once(&once, make_key);
  struct destructor *one = malloc(sizeof *one);
  if (one == NULL) return -1;
  *one = (struct destructor){function, object, pthread_getspecific(key)};
  return pthread_setspecific(key, one);
}

/* Where the unwinder finds the tables of a function. */
struct search {
  ElfW(Addr) address;
  struct dl_find_object *found;
};

static int look(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size;
  struct search *search = data;
  void *tables = NULL;
  int is_inside = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    const ElfW(Addr) start = info->dlpi_addr + part->p_vaddr;
    if (part->p_type == PT_GNU_EH_FRAME) tables = (void *)start;
    if (part->p_type != PT_LOAD) continue;
    if (search->address < start || search->address >= start + part->p_memsz) continue;
    is_inside = 1;
    search->found->dlfo_map_start = (void *)start;
    search->found->dlfo_map_end = (void *)(start + part->p_memsz);
  }
  if (!is_inside || tables == NULL) return 0;
  search->found->dlfo_flags = 0;
  search->found->dlfo_eh_frame = tables;
  return 1;
}

int _dl_find_object(void *address, struct dl_find_object *found) {
  struct search search = {(ElfW(Addr))address, found};
  return dl_iterate_phdr(look, &search) == 1 ? 0 : -1;
}
