"""Time as the server and boto3 see it, moved for tests about expiry.

The server is a real binary, so its clock is moved from outside: a few lines of C, preloaded, answer
for `clock_gettime`. The machine's own clock is not touched.
"""

import contextlib
import datetime
import shutil
import subprocess
from pathlib import Path

import botocore.auth
import pytest

SOURCE = """
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    const char *ahead = getenv("TEST_SECONDS_AHEAD");
    if (result == 0 && clock == CLOCK_REALTIME && ahead) now->tv_sec += atol(ahead);
    return result;
}
"""


def moved_environment(env: dict[str, str], seconds: int, folder: Path) -> dict[str, str]:
    """`env` for a server whose clock is `seconds` ahead."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler to make the moved clock with")
    library = folder / "clock.so"
    if not library.exists():
        source = folder / "clock.c"
        source.write_text(SOURCE)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    return env | {"LD_PRELOAD": str(library), "TEST_SECONDS_AHEAD": str(seconds)}


@contextlib.contextmanager
def signing_at(seconds: int):
    """boto3 signs as if its clock were `seconds` ahead."""
    original = botocore.auth.get_current_datetime

    def moved(*arguments, **named):
        return original(*arguments, **named) + datetime.timedelta(seconds=seconds)

    botocore.auth.get_current_datetime = moved
    try:
        yield
    finally:
        botocore.auth.get_current_datetime = original
