// Waiting for child processes: waitpid(2) (POSIX), pidfd_open(2) (Linux).
#include "process.h"

#include <sys/types.h>
#include <sys/wait.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "result.h"

namespace fdselect::sys {

int WaitPid(int pid, int options, int& status) {
  return Retried([&] { return ::waitpid(pid, &status, options); });
}

int PidFdOpen(int pid, unsigned flags) {
#ifdef SYS_pidfd_open
  return Once([&] { return ::syscall(SYS_pidfd_open, pid, flags); });
#else
  (void)pid, (void)flags;
  return -ENOSYS;
#endif
}

WaitStatus DecodeWaitStatus(int status) {
  return {WIFEXITED(status),      WIFSIGNALED(status), WIFSTOPPED(status), WIFCONTINUED(status),
          WCOREDUMP(status) != 0, WEXITSTATUS(status), WTERMSIG(status),   WSTOPSIG(status)};
}

}  // namespace fdselect::sys
