import Glibc

/// Turns the signal of a pipe without a reader into an error of the write, for this thread alone.
package enum BrokenPipe {
    /// Runs a write with SIGPIPE held back, and takes the signal away if the write raised it.
    package static func ignored(_ write: () -> Int) -> Int {
        var pipe = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        var pending = sigset_t()
        sigpending(&pending)
        let alreadyPending = sigismember(&pending, SIGPIPE) == 1
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, &pipe, &before)
        let result = write()
        let number = errno
        if result < 0, number == EPIPE, !alreadyPending {
            var now = timespec(tv_sec: 0, tv_nsec: 0)
            sigtimedwait(&pipe, nil, &now)
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        errno = number
        return result
    }
}
