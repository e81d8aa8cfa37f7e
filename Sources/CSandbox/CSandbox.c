#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int set_limit(int resource, uint64_t value) {
    if (value == 0) return 0;
    struct rlimit now;
    if (getrlimit(resource, &now) != 0) return errno;
    struct rlimit wanted = {value, value};
    // A hard limit can only be lowered.
    if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max) wanted.rlim_cur = wanted.rlim_max = now.rlim_max;
    return setrlimit(resource, &wanted) == 0 ? 0 : errno;
}

int avatarium_set_limits(avatarium_limits limits) {
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return errno;
    int status = set_limit(RLIMIT_AS, limits.address_space_bytes);
    if (status == 0) status = set_limit(RLIMIT_CPU, limits.cpu_seconds);
    if (status == 0) status = set_limit(RLIMIT_FSIZE, limits.file_bytes);
    if (status == 0) status = set_limit(RLIMIT_NOFILE, limits.open_files);
    return status;
}

// struct sched_attr of <linux/sched/types.h>, as of its first version; glibc of Debian 12 declares neither it nor the call.
struct schedule {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static int schedule(uint32_t policy, int niceness, uint64_t slice) {
    errno = 0;
    int nice = getpriority(PRIO_PROCESS, 0) + niceness;
    if (errno != 0) return errno;
    if (nice > 19) nice = 19;
    struct schedule schedule = {.size = sizeof schedule, .policy = policy, .nice = nice, .runtime = slice};
    return syscall(SYS_sched_setattr, 0, &schedule, 0) == 0 ? 0 : errno;
}

int avatarium_schedule_in_background(void) { return schedule(3 /* SCHED_BATCH */, 5, 100000000); }

int avatarium_schedule_promptly(uint64_t slice) { return schedule(0 /* SCHED_OTHER */, 0, slice); }

int avatarium_die_with_parent(pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
    // The parent may have ended before the call.
    return getppid() == parent ? 0 : ESRCH;
}

int avatarium_no_new_privileges(void) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    return prctl(PR_SET_DUMPABLE, 0) == 0 ? 0 : errno;
}

int avatarium_landlock_version(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 0 ? 0 : (int)version;
}

// Rights of Landlock's first version, then those of later ones that <linux/landlock.h> of Debian 12 lacks.
#define ACCESS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_RUN (ACCESS_READ | LANDLOCK_ACCESS_FS_EXECUTE)
#define ACCESS_WRITE \
    (ACCESS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG)
#define ACCESS_FILE (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE)
#define ACCESS_TRUNCATE (1ULL << 14)

static int allow(int ruleset, const char *const *paths, int count, uint64_t access) {
    for (int i = 0; i < count; i++) {
        int file = open(paths[i], O_PATH | O_CLOEXEC);
        if (file < 0) {
            if (errno == ENOENT || errno == ENOTDIR || errno == EACCES) continue;
            return errno;
        }
        struct stat status;
        uint64_t rights = access;
        if (fstat(file, &status) == 0 && !S_ISDIR(status.st_mode)) rights &= ACCESS_FILE | ACCESS_TRUNCATE;
        struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = file};
        long result = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
        int number = errno;
        close(file);
        if (result != 0) return number;
    }
    return 0;
}

int avatarium_landlock_restrict(
    const char *const *read, int read_count, const char *const *run, int run_count, const char *const *write,
    int write_count) {
    int version = avatarium_landlock_version();
    if (version == 0) return ENOSYS;
    uint64_t write_access = ACCESS_WRITE;
    // Everything of version 1 is governed (bits 0 to 12); moving between folders from version 2, truncation from 3.
    uint64_t handled = (1ULL << 13) - 1;
    if (version >= 2) {
        handled |= LANDLOCK_ACCESS_FS_REFER;
        write_access |= LANDLOCK_ACCESS_FS_REFER;
    }
    if (version >= 3) {
        handled |= ACCESS_TRUNCATE;
        write_access |= ACCESS_TRUNCATE;
    }
    struct landlock_ruleset_attr attributes = {.handled_access_fs = handled};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (ruleset < 0) return errno;
    int status = allow(ruleset, read, read_count, ACCESS_READ);
    if (status == 0) status = allow(ruleset, run, run_count, ACCESS_RUN);
    if (status == 0) status = allow(ruleset, write, write_count, write_access);
    if (status == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) status = errno;
    close(ruleset);
    return status;
}

int avatarium_seccomp_restrict(void) {
    static const int denied[] = {
        SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4),
        SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd),
        SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(move_mount),
        SCMP_SYS(open_tree), SCMP_SYS(fsopen), SCMP_SYS(fsmount), SCMP_SYS(fsconfig), SCMP_SYS(swapon),
        SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd),
        SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl), SCMP_SYS(init_module), SCMP_SYS(finit_module),
        SCMP_SYS(delete_module), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(reboot),
        SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register),
        SCMP_SYS(open_by_handle_at), SCMP_SYS(name_to_handle_at), SCMP_SYS(acct), SCMP_SYS(quotactl),
        SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(sethostname), SCMP_SYS(setdomainname),
        SCMP_SYS(mknod), SCMP_SYS(mknodat), SCMP_SYS(personality), SCMP_SYS(syslog), SCMP_SYS(iopl), SCMP_SYS(ioperm),
    };
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter) return ENOMEM;
    int status = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    for (unsigned i = 0; status == 0 && i < sizeof denied / sizeof *denied; i++) {
        int result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), denied[i], 0);
        // A call that this architecture does not have cannot be made.
        if (result != 0 && result != -EDOM) status = result;
    }
    if (status == 0) status = seccomp_load(filter);
    seccomp_release(filter);
    return status == 0 ? 0 : -status;
}

int avatarium_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno; }

int avatarium_close_from(posix_spawn_file_actions_t *actions, int lowest) {
    return posix_spawn_file_actions_addclosefrom_np(actions, lowest);
}
