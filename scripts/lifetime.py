"""Processes that a script starts and that end with it, however it ends: by itself, by Ctrl-C, a signal, or a closed pipe.

Importing this also writes standard output line by line, so that `| head` ends a script at the next line that nobody reads,
and lets Python that stands in a shell script end with the shell.
"""
import atexit, ctypes, signal, subprocess, sys

SIGNALS = (signal.SIGTERM, signal.SIGHUP)
started = []
libc = ctypes.CDLL(None)


def end_with_parent():
    libc.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def start(arguments, **more):
    """subprocess.Popen, for the main thread: the kernel ends the process with the thread that started it."""
    process = subprocess.Popen(arguments, preexec_fn=end_with_parent, **more)
    started.append(process)
    return process


def stop(process, seconds=30):
    """Asks a process to end, waits, and kills it when it does not."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def stop_all():
    # A second signal would leave some of them.
    for number in (*SIGNALS, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    for process in reversed(started):
        if process.poll() is None:
            process.terminate()
    for process in reversed(started):
        stop(process)


def quietly(kind, error, trace):
    """A reader that left and Ctrl-C are no failures of the script, and need no trace."""
    if not issubclass(kind, (BrokenPipeError, KeyboardInterrupt)):
        return sys.__excepthook__(kind, error, trace)
    if issubclass(kind, BrokenPipeError):
        sys.stdout = None


atexit.register(stop_all)
for number in SIGNALS:
    # Not where nohup has it ignored.
    if signal.getsignal(number) == signal.SIG_DFL:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
sys.excepthook = quietly
sys.stdout.reconfigure(line_buffering=True)
# Inside a shell script; a script of its own may outlive the shell that it was started from.
if sys.argv[0] == "-":
    end_with_parent()
