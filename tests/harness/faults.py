"""A disk that fails, as the server sees it: a few lines of C, preloaded, answer for the system.

The faults are for files whose path contains a given text, and come and go while the server runs.
"""

import errno
import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <fcntl.h>
#include <unistd.h>

/* The file that TEST_FAULTS names says: CALL ERRNO TEXT, where CALL is sync or write. */
static int fault(const char *call, int fd) {
    const char *path = getenv("TEST_FAULTS");
    char line[512], wanted[16], text[400], link[64], target[4096];
    int number;
    if (!path) return 0;
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    long size = syscall(SYS_read, file, line, sizeof line - 1);
    syscall(SYS_close, file);
    if (size <= 0) return 0;
    line[size] = 0;
    if (sscanf(line, "%15s %d %399s", wanted, &number, text) != 3 || strcmp(wanted, call)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    size = syscall(SYS_readlinkat, AT_FDCWD, link, target, sizeof target - 1);
    if (size <= 0) return 0;
    target[size] = 0;
    if (!strstr(target, text)) return 0;
    errno = number;
    return 1;
}

#define WRAP(TYPE, NAME, CALL, PARAMETERS, ARGUMENTS)                                    \
    TYPE NAME PARAMETERS {                                                               \
        static TYPE(*real) PARAMETERS;                                                   \
        if (!real) real = (TYPE(*) PARAMETERS)dlsym(RTLD_NEXT, #NAME);                   \
        return fault(CALL, fd) ? -1 : real ARGUMENTS;                                    \
    }

WRAP(int, fsync, "sync", (int fd), (fd))
WRAP(int, fdatasync, "sync", (int fd), (fd))
WRAP(ssize_t, write, "write", (int fd, const void *from, size_t size), (fd, from, size))
WRAP(ssize_t, writev, "write", (int fd, const struct iovec *from, int count), (fd, from, count))
WRAP(ssize_t, pwrite, "write", (int fd, const void *from, size_t size, off_t at), (fd, from, size, at))
WRAP(ssize_t, pwrite64, "write", (int fd, const void *from, size_t size, off64_t at), (fd, from, size, at))
"""


class Faults:
    """Faults for servers that run with `environment`."""

    def __init__(self, folder: Path):
        if shutil.which("cc") is None:
            pytest.skip("no C compiler to make the failing disk with")
        library, source = folder / "faults.so", folder / "faults.c"
        self._control = folder / "faults"
        source.write_text(SOURCE)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
        self._variables = {"LD_PRELOAD": str(library), "TEST_FAULTS": str(self._control)}

    def environment(self, env: dict[str, str]) -> dict[str, str]:
        return env | self._variables

    def fail(self, call: str, error: int, path: str):
        """From now on, `sync` or `write` of files with `path` in their path fails."""
        draft = self._control.with_suffix(".new")
        draft.write_text(f"{call} {error} {path}")
        draft.rename(self._control)

    def heal(self):
        self._control.unlink(missing_ok=True)


BROKEN, FULL = errno.EIO, errno.ENOSPC
