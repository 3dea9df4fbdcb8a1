/* SPDX-License-Identifier: MIT */
/* LD_PRELOAD: every fsync and fdatasync takes BENCH_FSYNC_MS milliseconds longer, as on a disk where that is what a commit
   costs. For machines whose disk confirms before it has written. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_as_a_disk(void) {
  const char* text = getenv("BENCH_FSYNC_MS");
  const double ms = text == NULL ? 0 : strtod(text, NULL);
  struct timespec left;
  left.tv_sec = (time_t)(ms / 1000);
  left.tv_nsec = (long)((ms - 1000.0 * (double)left.tv_sec) * 1e6);
  while (nanosleep(&left, &left) != 0) {
  }
}

static int next(const char* name, int fd) {
  int (*real)(int);
  *(void**)&real = dlsym(RTLD_NEXT, name);
  wait_as_a_disk();
  return real(fd);
}

int fsync(int fd) { return next("fsync", fd); }
int fdatasync(int fd) { return next("fdatasync", fd); }
