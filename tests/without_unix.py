"""A pytest plugin that takes from Python what it lacks on Windows: ``-p tests.without_unix``.

Names as the standard library's documentation gives them ("Availability: Unix"), but for those that
pytest itself uses here because it runs on Unix.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time

_NAMES = {
    os: (
        "chown chroot fchmod fchown fork forkpty getloadavg getpgid getpriority initgroups killpg "
        "mkfifo nice openpty posix_fallocate posix_spawn pread pwrite readv register_at_fork "
        "sched_getaffinity sched_setaffinity sched_yield sendfile setsid setuid statvfs sysconf "
        "uname wait wait3 wait4 waitid writev"
    ),
    select: "epoll poll",
    signal: (
        "SIGALRM SIGCHLD SIGHUP SIGKILL SIGPIPE SIGQUIT SIGUSR1 SIGUSR2 alarm pause pthread_kill "
        "pthread_sigmask setitimer siginterrupt sigwait"
    ),
    socket: "AF_UNIX MSG_DONTWAIT MSG_NOSIGNAL SCM_RIGHTS SO_REUSEPORT TCP_USER_TIMEOUT",
    time: "clock_gettime clock_settime tzset",
}
_MODULES = "crypt grp nis pty pwd readline resource spwd syslog termios tty"

for module, names in _NAMES.items():
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
for missing in _MODULES.split():
    sys.modules[missing] = None  # type: ignore[assignment]  # importing it fails
