"""Forks Lambda functions off a process that has loaded what they have in common.

The process that imports this becomes a zygote: it imports the SDK, says that it is ready, and
waits for descriptors to come over its standard output, which is a socket. For each set of them it
forks a guardian. A guardian enters the namespaces that were made for a function to come and forks
the function's own process there, which waits until it is told of the function; there, and only
there, `serve` returns. The guardian waits for its end and tells of it. What the packets and records
look like is written in the server's sources.

The zygote never reads what a function is given; only the function's process does, after it was
forked. Nothing that a function can observe may depend on having been forked: the SDK stays out of
sight until the function imports it, and is used only if the function would have got the very same
files.
"""

import __main__ as bootstrap
import ctypes
import functools
import gc
import importlib
import importlib.machinery
import logging
import os
import select
import signal
import socket
import struct
import sys
import time
import types

CONTROL_FD = 3
MOST_FDS = 16
REHEARSALS = 16
PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")

STATUS_EXITED = 1
STATUS_SIGNALLED = 2
STATUS_NOT_CONFINED = 5
STATUS_JOINED = 6

CALL = struct.Struct("<IHhB7x6Q")
IS_DATA = 1
IS_FILTER = 2

# User, mount, IPC, UTS, PID and network namespaces.
NAMESPACES = 0x10000000 | 0x00020000 | 0x08000000 | 0x04000000 | 0x20000000 | 0x40000000
SETNS = {"x86_64": 308, "aarch64": 268}
CAPSET = {"x86_64": 126, "aarch64": 91}
PR_SET_DUMPABLE = 4

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long


def serve(sdk_folder, before):
    """Serves for ever; returns in each process that is to be a function's. `before` has the names
    of the modules that a function starts with."""
    preloaded = preload(sdk_folder, before)
    rehearsal = Rehearsal()
    for _ in range(REHEARSALS):
        rehearsal.run()
    make_immortal()
    control = socket.socket(fileno=CONTROL_FD)
    os.dup2(2, 1)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    control.send(b"ready")
    while True:
        fds = receive(control)
        if os.fork() == 0:
            control.detach()
            guard(rehearsal, *fds)
            preloaded.begin()
            return
        for fd in fds:
            os.close(fd)


def make_immortal():
    """Has the interpreter count no more references to what there is: to count them is to write,
    and of each page that a function's process writes it needs a copy of its own. A third of what
    it copied for a client of the SDK was for that.

    For interpreters that know immortal objects (from Python 3.12 on, PEP 683), by the count that
    `None` has. Nothing of what has been loaded would end before the process does.
    """
    count = ctypes.c_int32
    immortal = count.from_address(id(None)).value
    # Other builds, such as those without the interpreter's lock, count elsewhere.
    if immortal >= 0 or sys.abiflags:
        return
    gc.collect()
    pending = [gc.get_objects()]
    found = {}
    while pending:
        for thing in pending.pop():
            if id(thing) not in found and not isinstance(thing, types.FrameType):
                found[id(thing)] = thing
                pending.append(gc.get_referents(thing))
    for address in found:
        count.from_address(address).value = immortal


def receive(control):
    """The descriptors of the next request. Ends with the other end."""
    byte, fds, _, _ = socket.recv_fds(control, 1, MOST_FDS)
    if not byte:
        os._exit(0)
    return fds


def call(number, *args):
    """A system call; raises OSError."""
    result = LIBC.syscall(ctypes.c_long(number), *map(ctypes.c_ulong, args))
    if result == -1:
        raise OSError(ctypes.get_errno(), "system call %d" % number)
    return result


def guard(rehearsal, control, *groups):
    """Waits for a function, forks its process where it is to be, and waits for its end. Returns in
    that process."""
    for group in groups:
        os.write(group, b"0")
        os.close(group)
    os.close(CONTROL_FD)
    control = socket.socket(fileno=control)
    own = os.pidfd_open(os.getpid())
    socket.send_fds(control, [b"0"], [own])
    os.close(own)
    init, status = receive(control)
    status = socket.socket(fileno=status)
    machine = os.uname().machine
    try:
        call(SETNS[machine], init, NAMESPACES)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        pid = os.fork()
        if pid == 0:
            if not select.select([control], [], [], bootstrap.REHEARSAL_DELAY_S)[0]:
                rehearsal.run()
            output, request = receive(control)
            control.detach()
            become(output, status, request)
            return
    except OSError as error:
        tell(status, STATUS_NOT_CONFINED, error.errno)
        os._exit(1)
    try:
        give_up_privilege(machine)
        tell(status, STATUS_JOINED, pid)
        keep_only(status)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        tell(status, STATUS_SIGNALLED if code < 0 else STATUS_EXITED, abs(code))
    finally:
        os._exit(0)


def tell(status, kind, number):
    status.send(struct.pack("<Bi", kind, number))


def keep_only(status):
    fd = status.fileno()
    for low, high in ((0, fd), (fd + 1, MOST_OPEN)):
        os.closerange(low, high)


MOST_OPEN = os.sysconf("SC_OPEN_MAX")


def give_up_privilege(machine):
    """From here on there is nothing to do but to wait, and nobody may look into this process."""
    LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    header, none = struct.pack("<II", 0x20080522, 0), bytes(24)
    LIBC.syscall(ctypes.c_long(CAPSET[machine]), header, none)


def become(output, status, request):
    """Makes this process what the request says, but for the program."""
    try:
        os.setsid()
        setup = Request(request)
        for fd in (1, 2, 3):
            os.dup2(output, fd)
        status_fd = status.detach()
        os.dup2(status_fd, 4, inheritable=False)
        os.closerange(5, MOST_OPEN)
        try:
            setup.confine()
            os.chdir(setup.folder)
        except OSError as error:
            os.write(4, struct.pack("<Bi", STATUS_NOT_CONFINED, error.errno))
            raise
        os.close(4)
        os.environb.clear()
        os.environb.update(setup.variables)
        time.tzset()
        mix_randomness()
    except BaseException:
        os._exit(126)


def mix_randomness():
    """The C library and `random` see to themselves after a fork. OpenSSL goes by the process id,
    which in a process table of one's own may be the zygote's by chance."""
    ssl = sys.modules.get("_ssl")
    if ssl is not None:
        ssl.RAND_add(os.urandom(32), 32.0)


class Request:
    """What the server has written down for one process."""

    def __init__(self, fd):
        size = os.fstat(fd).st_size
        packet = os.pread(fd, size, 0)
        argc, envc = struct.unpack_from("<HH", packet, 5)
        at = self._skip(packet, 11)
        self._calls, self._data, at = self._script(packet, at)
        strings = packet[at:].split(b"\0")
        self.folder = strings[1]
        first = 2 + argc
        self.variables = dict(v.split(b"=", 1) for v in strings[first : first + envc])

    @staticmethod
    def _script(packet, at):
        count, length = struct.unpack_from("<HI", packet, at)
        at += 6
        end = at + count * CALL.size
        calls = list(CALL.iter_unpack(packet[at:end]))
        return calls, packet[end : end + length], end + length

    def _skip(self, packet, at):
        return self._script(packet, at)[2]

    def confine(self):
        """Makes the calls of the script."""
        data = ctypes.create_string_buffer(self._data, len(self._data))
        address = ctypes.addressof(data)
        for number, kinds, keep, required, *values in self._calls:
            filters = []
            args = []
            for index, value in enumerate(values):
                kind = kinds >> (2 * index) & 3
                if kind == IS_DATA:
                    value += address
                elif kind == IS_FILTER:
                    (length,) = struct.unpack_from("<Q", self._data, value)
                    program = ctypes.create_string_buffer(
                        struct.pack("<H6xQ", length, address + value + 8), 16
                    )
                    filters.append(program)
                    value = ctypes.addressof(program)
                args.append(value)
            try:
                made = call(number, *args)
            except OSError:
                if required:
                    raise
                continue
            if keep >= 0 and made != keep:
                os.dup2(made, keep, inheritable=False)
                os.close(made)


class Rehearsal:
    """A start, and an invocation, that change nothing.

    A fork shares its memory until it is written to, and every page that is costs time then. So a
    process that waits for its function goes once through what it will have to do. The zygote does
    so before it forks any, a few times: the interpreter fits code to what it meets, and writes to it
    until it has.
    """

    CALL_NUMBERS = {"x86_64": 39, "aarch64": 172}  # getpid
    CALLS = 32
    VARIABLES = [b"LAMBDA_TASK_ROOT=/var/task"] + [b"NAME_%d=value" % n for n in range(30)]

    def __init__(self):
        self._request = os.memfd_create("rehearsal")
        number = self.CALL_NUMBERS[os.uname().machine]
        calls = [CALL.pack(number, n % 2 * IS_DATA, -1, 1, *[0] * 6) for n in range(self.CALLS)]
        data = bytes(2048)
        head = struct.pack("<5xHH2xHI", 0, len(self.VARIABLES), 0, 0)
        script = struct.pack("<HI", self.CALLS, len(data)) + b"".join(calls) + data
        strings = b"\0".join([b"python", b"/", *self.VARIABLES, b""])
        os.write(self._request, head + script + strings)

    def run(self):
        variables, path = dict(os.environb), list(sys.path)
        found = dict(sys.path_importer_cache)
        sys.meta_path.append(Example)
        logger = logging.getLogger()
        handlers = list(logger.handlers)
        try:
            setup = Request(self._request)
            setup.confine()
            os.environb.clear()
            os.environb.update(setup.variables)
            time.tzset()
            for folder in function_folders():
                listed(folder)
            self._invoke()
        finally:
            os.environb.clear()
            os.environb.update(variables)
            time.tzset()
            sys.modules.pop(Example.NAME, None)
            sys.meta_path.remove(Example)
            sys.path[:] = path
            sys.path_importer_cache.clear()
            sys.path_importer_cache.update(found)
            logger.handlers[:] = handlers

    @staticmethod
    def _invoke():
        bootstrap.set_up_path("")
        bootstrap.set_up_logging(bootstrap.Lines(), as_json=False)
        handler = bootstrap.load(Example.NAME + ".handler", "")
        bootstrap.rehearse(handler)


class Example(importlib.machinery.SourceFileLoader):
    """Finds and loads a function that is nowhere."""

    NAME = "rehearsal"
    SOURCE = b"""import json
import os


class Answer:
    def __init__(self, value):
        self.value = value


def handler(event, context):
    return Answer(event).value
"""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != cls.NAME:
            return None
        file = "/%s.py" % name
        return importlib.machinery.ModuleSpec(name, cls(name, file), origin=file)

    def get_data(self, path):
        return self.SOURCE


class Preloaded:
    """The modules that were imported in advance.

    Those of the language are there already, unless the function has one of the same name. Those of
    the SDK appear with the first import of one of them, if all packages are then found where they
    were found before: a function that ships any of them gets what it ships.
    """

    def __init__(self, language, sdk, finders):
        self._language = language
        self._sdk = sdk
        self._finders = finders
        self._packages = [sdk[name] for name in PACKAGES if name in sdk]
        self._tops = frozenset(name.partition(".")[0] for name in language)

    def begin(self):
        """In a function's process, before it imports anything."""
        names = {entry.partition(".")[0] for path in function_folders() for entry in listed(path)}
        if names.isdisjoint(self._tops):
            place = sys.meta_path.index(importlib.machinery.PathFinder)
            sys.meta_path.insert(place, self)
            return
        for name in self._language:
            sys.modules.pop(name, None)

    def find_spec(self, name, path=None, target=None):
        if name not in self._sdk:
            return None
        # Once only, whatever comes of it.
        sdk, self._sdk = self._sdk, {}
        if not all(map(self._is_same, self._packages)):
            return None
        for other, module in sdk.items():
            sys.modules.setdefault(other, module)
        sys.meta_path.extend(self._finders)
        return Found(sys.modules[name]).spec

    @staticmethod
    def _is_same(package):
        name = package.__name__
        if name in sys.modules:
            return False
        found = importlib.machinery.PathFinder.find_spec(name)
        return found is not None and found.origin == package.__spec__.origin


class Found:
    """Lets an import end with a module that is there."""

    def __init__(self, module):
        self._module = module
        self._own = module.__spec__
        self.spec = importlib.machinery.ModuleSpec(module.__name__, self, origin=self._own.origin)

    def create_module(self, spec):
        return self._module

    def exec_module(self, module):
        module.__spec__ = self._own
        module.__loader__ = self._own.loader


def function_folders():
    """Where imports look first."""
    layers = os.environ.get("_FOGBANK_OPT", "/opt")
    version = "python%d.%d" % sys.version_info[:2]
    return (
        os.environ.get("LAMBDA_TASK_ROOT"),
        "%s/python/lib/%s/site-packages" % (layers, version),
        layers + "/python",
    )


def listed(path):
    try:
        return os.listdir(path)
    except OSError:
        return ()


# Modules that cannot be made twice.
IN_C = (importlib.machinery.ExtensionFileLoader, type(importlib.machinery.BuiltinImporter))


def loader_of(module):
    return getattr(getattr(module, "__spec__", None), "loader", None)


def warm_up():
    """Makes a client and forgets it, but for what the SDK has found in its own files: it would look
    through hundreds of folders and read the service's model again."""
    import boto3
    import botocore.loaders

    session = boto3.Session("unused", "unused", region_name="us-east-1")
    session.resource("dynamodb").Table("unused")
    found = session._session.get_component("data_loader")
    loader = botocore.loaders.Loader
    begin = loader.__init__

    @functools.wraps(begin)
    def begin_with_what_was_found(self, *args, **kwargs):
        begin(self, *args, **kwargs)
        # Folders of the user's come first, where there are any.
        others = [path for path in self.search_paths if path not in found.search_paths]
        if not any(map(os.path.isdir, others)):
            self._cache.update(found._cache)

    loader.__init__ = begin_with_what_was_found


def preload(sdk_folder, before):
    """Imports what functions are likely to need, and takes it out of sight."""
    path, finders = list(sys.path), list(sys.meta_path)
    importlib.import_module("_sitebuiltins")
    if sdk_folder:
        sys.path.append(sdk_folder)
        warm_up()
    brought = [finder for finder in sys.meta_path if finder not in finders]
    sys.path[:], sys.meta_path[:] = path, finders
    sdk, language = {}, []
    for name, module in list(sys.modules.items()):
        if name in before:
            continue
        if name.partition(".")[0] in PACKAGES:
            sdk[name] = sys.modules.pop(name)
        elif not isinstance(loader_of(module), IN_C):
            language.append(name)
    del sys.modules[__name__]
    return Preloaded(language, sdk, brought)
