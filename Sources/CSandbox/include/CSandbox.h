// Confinement of a process to what rendering needs: resource limits, file access (Landlock), system calls (seccomp).
//
// Every function returns 0, or an errno. Landlock and seccomp bind the calling thread and the threads and processes that it
// starts later, so call them first thing in `main`, while there is one thread.
#ifndef AVATARIUM_CSANDBOX_H
#define AVATARIUM_CSANDBOX_H

#include <spawn.h>
#include <stdint.h>
#include <sys/types.h>

/// Limits of setrlimit(2); 0 leaves a limit as it is. A core dump is never written.
typedef struct {
    uint64_t address_space_bytes;
    uint64_t cpu_seconds;
    uint64_t file_bytes;
    uint64_t open_files;
} avatarium_limits;

int avatarium_set_limits(avatarium_limits limits);

/// Kills this process when its parent ends. Fails with ESRCH where `parent` is no longer the parent.
int avatarium_die_with_parent(pid_t parent);

/// Forbids gaining privileges (setuid programs) and being inspected (ptrace, core dumps) by processes of the same user.
int avatarium_no_new_privileges(void);

/// The version of the kernel's Landlock, 0 where it has none.
int avatarium_landlock_version(void);

/// Restricts file access to the given paths and what is below them (landlock(7)). Paths that do not exist are skipped.
/// - read: may be read and listed. - run: may be read, listed and executed. - write: may be read, written, made and removed.
int avatarium_landlock_restrict(
    const char *const *read, int read_count, const char *const *run, int run_count, const char *const *write,
    int write_count);

/// Makes system calls that rendering does not need fail with EPERM (seccomp(2)): sockets other than socketpair, tracing,
/// mounting, kernel keys, BPF, namespaces and the like. Other threads are bound too.
int avatarium_seccomp_restrict(void);

/// Makes this thread and those that it starts give way to those that answer requests: SCHED_BATCH (sched(7)), which never
/// interrupts another thread, the longest slices (0.1 s), which one of shorter slices interrupts (Linux 6.12 and later), and
/// five steps of niceness, which do the same in part on older kernels. Beside other busy programs it still gets its share, a third of
/// what they get; SCHED_IDLE would get none.
int avatarium_schedule_in_background(void);

/// Gives this thread and those that it starts time slices of `slice` nanoseconds (sched_setattr(2)). One of shorter slices is
/// put before one of longer slices when it wakes (Linux 6.12 and later; older kernels ignore the length).
int avatarium_schedule_promptly(uint64_t slice);

/// Makes a pipe whose ends are closed on exec (pipe2).
int avatarium_pipe(int ends[2]);

/// Closes every descriptor from `lowest` in a child that posix_spawn starts.
int avatarium_close_from(posix_spawn_file_actions_t *actions, int lowest);

#endif
