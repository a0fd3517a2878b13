"""Cuts the power while clients write: `cargo xtask power-cut [--rounds N] [--engine ENGINE] [--seed N]`.

The data folder is on an ext4 file system of its own, in a file behind a loop device. A round lets
clients work as in `test_serializability.py` and then shuts that file system down, as it is, without
writing anything back: what was not synced is gone, as after a power cut. Then it is mounted again,
and everything that had been acknowledged before has to be there, nothing by halves, with indexes
and stream telling the same.

A cut that loses nothing would prove nothing. So the first rounds are a control: a server whose
syncs do nothing has to lose something that it acknowledged.

Not part of `cargo xtask test`, because it needs root and a kernel with loop devices and ext4.
"""

import argparse
import contextlib
import fcntl
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness.dynamodb import Connection
from harness.environment import server_environment
from harness.server import Server, eventually
from harness.workload import (
    Replica,
    Worker,
    World,
    check_indexes,
    check_round,
    forget_after,
    table_definition,
)

CLIENTS = 8
CONTROL_ROUNDS = 5
TABLE = "items"
SIZE_BYTES = 1 << 30
# EXT4_IOC_SHUTDOWN, the same number as XFS_IOC_GOINGDOWN, and its way that writes nothing back.
SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, struct.pack("I", 2)

NO_SYNC = """
int fsync(int fd) { (void)fd; return 0; }
int fdatasync(int fd) { (void)fd; return 0; }
"""


class Missing(Exception):
    """What this machine would need."""


def run(*command: str):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"{' '.join(command)}: {done.stderr.strip()}")


def check_machine():
    missing = [name for name in ("mkfs.ext4", "mount", "umount", "cc") if shutil.which(name) is None]
    if missing:
        raise Missing(f"not installed: {', '.join(missing)} (Debian: apt install e2fsprogs mount gcc)")
    if os.geteuid() != 0:
        raise Missing("mounting a file system takes root")
    if not Path("/dev/loop-control").exists():
        raise Missing("there is no /dev/loop-control: the kernel needs loop devices (modprobe loop)")


class Disk:
    """A file system whose power can be cut."""

    def __init__(self, folder: Path):
        self._image = folder / "disk.img"
        self.path = folder / "disk"
        self.path.mkdir()
        with self._image.open("wb") as image:
            image.truncate(SIZE_BYTES)
        run("mkfs.ext4", "-q", "-F", str(self._image))

    def mount(self):
        run("mount", "-o", "loop", str(self._image), str(self.path))

    def cut(self):
        folder = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, SHUTDOWN, NO_LOG_FLUSH)
        finally:
            os.close(folder)

    def unmount(self):
        """Processes that were killed a moment ago may still hold files."""
        done = ["umount", str(self.path)]
        eventually(lambda: subprocess.run(done, capture_output=True).returncode == 0, "the unmount")


@contextlib.contextmanager
def new_disk():
    folder = Path(tempfile.mkdtemp(prefix="power-cut-"))
    try:
        disk = Disk(folder)
        disk.mount()
    except Missing:
        shutil.rmtree(folder)
        raise
    try:
        yield disk
    finally:
        if os.path.ismount(disk.path):
            disk.unmount()
        shutil.rmtree(folder)


class Rounds:
    """One disk, one server on it, and all that is known of its table."""

    def __init__(self, disk: Disk, env: dict[str, str], engine: str, chance: random.Random):
        self.disk, self.chance = disk, chance
        self.server = Server(disk.path / "data", "--engine", engine, env=env)

    def __enter__(self) -> "Rounds":
        self.server.start()
        connection = Connection(self.server.port)
        connection.call("CreateTable", **table_definition(TABLE))
        self.replica = Replica(connection, TABLE)
        return self

    def __exit__(self, *_):
        self.server.kill()

    def round(self) -> int:
        """Works, cuts, starts again and compares; answers how much had been acknowledged."""
        world = World(Connection(self.server.port), TABLE)
        workers = [
            Worker(self.server.port, world, self.chance.randrange(10**9)) for _ in range(CLIENTS)
        ]
        for worker in workers:
            worker.start()
        enough = self.chance.randrange(50, 1500)
        eventually(
            lambda: sum(worker.answered for worker in workers) >= enough
            or any(worker.failure for worker in workers),
            f"{enough} answers",
            seconds=60,
        )
        # A sync that is under way at the cut may still be told to have worked.
        moment = time.perf_counter_ns()
        self.disk.cut()
        self.server.kill()
        for worker in workers:
            worker.join(60)
            assert worker.failure is None or worker.events[-1].began > moment - 10**9, worker.failure
        forget_after(workers, moment)
        self.disk.unmount()
        self.disk.mount()
        self.server.start()
        connection = Connection(self.server.port)
        check_round(connection, world, workers)
        self.replica.follow(connection)
        assert check_indexes(connection, TABLE) == self.replica.items, "the stream tells of another table"
        return sum(event.ended is not None for worker in workers for event in worker.events)


def control(engine: str, chance: random.Random) -> str:
    """A server whose syncs do nothing: the complaint about it."""
    with new_disk() as disk, tempfile.TemporaryDirectory() as folder:
        library, source = Path(folder) / "no_sync.so", Path(folder) / "no_sync.c"
        source.write_text(NO_SYNC)
        run("cc", "-shared", "-fPIC", "-o", str(library), str(source))
        env = server_environment(LD_PRELOAD=str(library))
        with Rounds(disk, env, engine, chance) as rounds:
            for _ in range(CONTROL_ROUNDS):
                try:
                    rounds.round()
                except Exception as complaint:
                    return str(complaint).splitlines()[0][:100]
    raise SystemExit("the control lost nothing: here, a cut proves nothing")


def main():
    parser = argparse.ArgumentParser(prog="cargo xtask power-cut", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--engine", choices=["fjall", "sqlite"], default="fjall")
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    given = parser.parse_args()
    print(f"engine {given.engine}, seed {given.seed}", flush=True)
    chance = random.Random(given.seed)
    try:
        check_machine()
        print(f"without syncs: {control(given.engine, chance)}", flush=True)
        with new_disk() as disk, Rounds(disk, server_environment(), given.engine, chance) as rounds:
            for number in range(1, given.rounds + 1):
                acknowledged = rounds.round()
                print(f"cut {number}: {acknowledged} acknowledged, all there, nothing torn", flush=True)
    except Missing as missing:
        sys.exit(f"the power cannot be cut here: {missing}")


if __name__ == "__main__":
    main()
