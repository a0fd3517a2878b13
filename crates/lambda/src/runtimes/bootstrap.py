"""Runs a Lambda function written in Python.

Imports the handler, then takes one invocation after the other from the Runtime API and posts what
the handler answers. What a function can observe follows AWS's runtime: the context object, the
environment, the format of log lines, the errors and their stack traces, and that results may
contain Decimal.

Usage: bootstrap.py SDK_FOLDER SDK_REMEDY [zygote], of which one of the first two is empty. As a
zygote it waits to be told of functions, and each runs in a process of its own; see zygote.py.
"""

import importlib
import json
import logging
import os
import socket
import sys
import time

RUNTIME_API_VERSION = "2018-06-01"
TEXT_FRAME = 0xA55A0003
JSON_FRAME = 0xA55A0002
# Where AWS keeps a function's code, and what stack traces call it.
TASK_ROOT = "/var/task"
# Indentation that log viewers do not swallow.
NO_BREAK_SPACE = "\u00a0"
# An instance that has no invocation after so long is one in reserve.
REHEARSAL_DELAY_S = 0.005
REHEARSAL = (
    b"HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: -\r\nlambda-runtime-deadline-ms: 0\r\n"
    b'content-length: 24\r\n\r\n{"a": [1, 2.5, "b", {}]}'
)


class Fault(Exception):
    """An error that the runtime itself finds, reported under a type of its own."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind = kind
        self.trace = list(trace)


class Disconnected(Exception):
    """The Runtime API has gone: there is nothing left to do."""


class RuntimeApi:
    """A client of the Runtime API over one connection that stays open."""

    def __init__(self, connection, address):
        self._host = address.encode()
        self._socket = connection
        self._buffer = b""
        self._has_asked = False

    @classmethod
    def connect(cls, address):
        host, _, port = address.rpartition(":")
        # Not `create_connection`, which looks addresses up as if they were names.
        connection = socket.socket()
        connection.connect((host, int(port)))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(connection, address)

    def next(self):
        """Waits for the next invocation; answers its headers and its payload."""
        had_asked, self._has_asked = self._has_asked, False
        if had_asked:
            status, headers, payload = self._receive()
            if status == b"200":
                return headers, payload
            # What was posted was refused.
        self._send(b"GET", "runtime/invocation/next", b"", b"")
        status, headers, payload = self._receive()
        if status != b"200":
            raise Disconnected()
        return headers, payload

    def ask(self):
        """Asks for the next invocation, without waiting for it."""
        self._send(b"GET", "runtime/invocation/next", b"", b"")
        self._has_asked = True

    def is_silent(self, seconds):
        """Whether nothing comes for that long."""
        self._socket.settimeout(seconds)
        try:
            self._fill()
        except socket.timeout:
            return True
        finally:
            self._socket.settimeout(None)
        return False

    def respond(self, request_id, payload):
        path = "runtime/invocation/%s/response" % request_id
        self._end(path, b"Content-Type: application/json\r\n", payload)

    def fail(self, request_id, error):
        path = "runtime/invocation/%s/error" % request_id
        self._end(path, self._kind(error), encode(error))

    def fail_init(self, error):
        self._send(b"POST", "runtime/init/error", self._kind(error), encode(error))
        self._receive()

    def _kind(self, error):
        kind = error["errorType"].encode("ascii", "replace").replace(b"\n", b" ")
        headers = b"Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: %s\r\n"
        return headers % kind

    def _end(self, path, headers, body):
        """Ends an invocation, and asks for the next one in place of an acknowledgement."""
        self._send(b"POST", path, headers + b"Fogbank-Next: true\r\n", body)
        self._has_asked = True

    def _send(self, method, path, headers, body):
        head = b"%s /%s/%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n%s\r\n" % (
            method,
            RUNTIME_API_VERSION.encode(),
            path.encode(),
            self._host,
            len(body),
            headers,
        )
        self._socket.sendall(head + body)

    def _receive(self):
        while True:
            end = self._buffer.find(b"\r\n\r\n")
            if end >= 0:
                break
            self._fill()
        lines = self._buffer[:end].split(b"\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            headers[name.strip().lower().decode("latin-1")] = value.strip().decode("latin-1")
        body_end = end + 4 + int(headers.get("content-length", 0))
        while len(self._buffer) < body_end:
            self._fill()
        body = self._buffer[end + 4 : body_end]
        self._buffer = self._buffer[body_end:]
        return lines[0].split(b" ")[1], headers, body

    def _fill(self):
        try:
            more = self._socket.recv(262144)
        except socket.timeout:
            raise
        except OSError as error:
            raise Disconnected() from error
        if not more:
            raise Disconnected()
        self._buffer += more


class Frames:
    """Writes log messages as they are, line breaks included, to the platform's log channel."""

    def __init__(self, fd):
        self._fd = fd

    def write(self, message, kind):
        data = message.encode("utf-8", "replace")
        head = kind.to_bytes(4, "big") + len(data).to_bytes(4, "big")
        data = memoryview(head + (time.time_ns() // 1000).to_bytes(8, "big") + data)
        while data:
            data = data[os.write(self._fd, data) :]


class Lines:
    """Writes log messages to standard output, where no log channel is given."""

    def write(self, message, kind):
        sys.stdout.write(message)


class LambdaHandler(logging.Handler):
    """The handler of the root logger."""

    def __init__(self, log, kind):
        super().__init__()
        self._log = log
        self._kind = kind

    def emit(self, record):
        self._log.write(self.format(record), self._kind)


class RequestIdFilter(logging.Filter):
    def filter(self, record):
        record.aws_request_id = Invocation.request_id
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line, with AWS's member names."""

    OWN = frozenset(vars(logging.makeLogRecord({}))) | {"aws_request_id", "message", "asctime"}

    def format(self, record):
        line = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info:
            line["stackTrace"] = self.formatException(record.exc_info).split("\n")
            line["errorType"] = record.exc_info[0].__name__
            line["errorMessage"] = str(record.exc_info[1])
            line["location"] = "%s:%s:%d" % (record.pathname, record.funcName, record.lineno)
        if record.aws_request_id:
            line["requestId"] = record.aws_request_id
        extra = {k: v for k, v in vars(record).items() if k not in self.OWN}
        line.update(extra)
        return json.dumps(line, default=str, ensure_ascii=False) + "\n"


class Invocation:
    """What is under way, for log lines."""

    request_id = ""


class CognitoIdentity:
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, identity):
        self.cognito_identity_id = identity.get("cognitoIdentityId")
        self.cognito_identity_pool_id = identity.get("cognitoIdentityPoolId")


class Client:
    __slots__ = (
        "installation_id",
        "app_title",
        "app_version_name",
        "app_version_code",
        "app_package_name",
    )

    def __init__(self, client):
        for name in self.__slots__:
            setattr(self, name, client.get(name))


class ClientContext:
    __slots__ = ("custom", "env", "client")

    def __init__(self, context):
        self.custom = context.get("custom")
        self.env = context.get("env")
        self.client = Client(context.get("client") or {})


class LambdaContext:
    """The second argument of a handler."""

    def __init__(self, headers):
        self.aws_request_id = headers.get("lambda-runtime-aws-request-id", "")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        context = headers.get("lambda-runtime-client-context")
        self.client_context = ClientContext(json.loads(from_header(context))) if context else None
        identity = headers.get("lambda-runtime-cognito-identity")
        self.identity = CognitoIdentity(json.loads(from_header(identity)) if identity else {})
        self._deadline_ms = int(headers.get("lambda-runtime-deadline-ms", 0))

    def get_remaining_time_in_millis(self):
        return max(self._deadline_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        names = (
            "aws_request_id",
            "log_group_name",
            "log_stream_name",
            "function_name",
            "memory_limit_in_mb",
            "function_version",
            "invoked_function_arn",
            "client_context",
            "identity",
            "tenant_id",
        )
        members = ",".join("%s=%s" % (name, getattr(self, name)) for name in names)
        return "LambdaContext([%s])" % members


def from_header(text):
    """Undoes the reading of UTF-8 as Latin-1."""
    return text.encode("latin-1").decode("utf-8", "replace")


ENSURE_ASCII = sys.version_info < (3, 12)


class Encoder(json.JSONEncoder):
    """Writes Decimal as the number it is, digit by digit."""

    # Stands before and after a number that must be written as it is; nobody can guess it.
    mark = None

    def __init__(self):
        super().__init__(ensure_ascii=ENSURE_ASCII)
        self.marked = False

    def default(self, value):
        decimal = sys.modules.get("decimal")
        if decimal is not None and isinstance(value, decimal.Decimal):
            if value.is_nan():
                return float("nan")
            self.marked = True
            Encoder.mark = Encoder.mark or os.urandom(16).hex()
            return self.mark + str(value) + self.mark
        return super().default(value)


def encode(value):
    encoder = Encoder()
    text = encoder.encode(value)
    if encoder.marked:
        text = text.replace('"' + encoder.mark, "").replace(encoder.mark + '"', "")
    return text.encode("utf-8", "surrogatepass" if ENSURE_ASCII else "replace")


def error_document(kind, message, trace, request_id):
    return {
        "errorMessage": message,
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": trace,
    }


def describe(error, request_id):
    """The document that tells AWS's clients of an exception."""
    if isinstance(error, Fault):
        return error_document(error.kind, str(error), error.trace, request_id)
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    own = 0
    this_file = describe.__code__.co_filename
    while own < len(frames) and frames[own].filename == this_file:
        own += 1
    for frame in frames:
        frame.filename = shown_path(frame.filename)
    trace = traceback.format_list(frames[own:])
    return error_document(type(error).__name__, str(error), trace, request_id)


def shown_path(path):
    """The path of a file as stack traces show it."""
    root = os.environ.get("LAMBDA_TASK_ROOT", TASK_ROOT)
    return TASK_ROOT + path[len(root) :] if path.startswith(root + "/") else path


def log_error(document, log, as_json):
    if as_json:
        line = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "level": "ERROR",
        }
        line.update(document)
        log.write(json.dumps(line, ensure_ascii=False) + "\n", JSON_FRAME)
        return
    text = "[ERROR] %s: %s" % (document["errorType"], document["errorMessage"])
    lines = [text, "Traceback (most recent call last):"]
    for entry in document["stackTrace"]:
        for line in entry.splitlines():
            indent = len(line) - len(line.lstrip(" "))
            lines.append(NO_BREAK_SPACE * indent + line[indent:])
    log.write("\n".join(lines) + "\n", TEXT_FRAME)


def load(name, sdk_remedy):
    """Imports the handler `package/module.function`."""
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        message = "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name
        raise Fault("Runtime.MalformedHandlerName", message)
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = "Cannot use built-in module %s as a handler module" % module_name
        raise Fault("Runtime.BuiltInModuleConflict", message)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = "Unable to import module '%s': %s" % (module_name, error)
        missing = (error.name or "").partition(".")[0]
        if sdk_remedy and missing in ("boto3", "botocore", "s3transfer", "jmespath"):
            message += ". " + sdk_remedy
        raise Fault("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        path = shown_path(str(error.filename))
        line = '  File "%s" Line %s\n    %s' % (path, error.lineno, error.text)
        message = "Syntax error in module '%s': %s" % (module_name, error)
        raise Fault("Runtime.UserCodeSyntaxError", message, [line]) from error
    try:
        return getattr(module, function_name)
    except AttributeError as error:
        message = "Handler '%s' missing on module '%s'" % (function_name, module_name)
        raise Fault("Runtime.HandlerNotFound", message) from error


def initialise(name, sdk_remedy):
    """The handler, as far as there is one."""
    try:
        handler = load(name, sdk_remedy)
    except Fault as fault:
        return failing(fault)
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        pass_snapshot(sys.modules.get("snapshot_restore_py"))
    return handler


def pass_snapshot(hooks):
    """Calls what the function has registered for a snapshot and a restore. Each instance goes
    through both itself."""
    if hooks is None:
        return
    before = hooks.get_before_snapshot()
    while before:
        call_hook("Runtime.BeforeSnapshotError", *before.pop())
    for hook in hooks.get_after_restore():
        call_hook("Runtime.AfterRestoreError", *hook)


def call_hook(kind, function, args, kwargs):
    try:
        function(*args, **kwargs)
    except Exception as error:
        raise Fault(kind, str(error), describe(error, "")["stackTrace"]) from error


def failing(fault):
    """A handler that fails: such errors are reported by every invocation, not by the start."""

    def handler(_event, _context):
        raise fault

    return handler


def result_of(handler, headers, payload):
    try:
        event = json.loads(payload)
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error) from error
    result = handler(event, LambdaContext(headers))
    try:
        return encode(result)
    except (TypeError, ValueError, RecursionError) as error:
        message = "Unable to marshal response: %s" % error
        raise Fault("Runtime.MarshalError", message) from error


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass  # The function has closed or replaced it.


def rehearse(handler):
    """Goes once through what an invocation needs. A fork shares its memory until it is written to,
    and every page that is costs time then."""
    near, far = socket.socketpair()
    with near, far:
        api = RuntimeApi(near, "rehearsal")
        api.ask()
        far.sendall(REHEARSAL)
        headers, payload = api.next()
        api.respond("-", result_of(handler, headers, payload))
    flush()


def serve(api, handler, log, as_json):
    api.ask()
    if api.is_silent(REHEARSAL_DELAY_S):
        rehearse(lambda event, _context: event)
    while True:
        headers, payload = api.next()
        request_id = headers.get("lambda-runtime-aws-request-id", "")
        Invocation.request_id = request_id
        trace_id = headers.get("lambda-runtime-trace-id")
        if trace_id:
            os.environ["_X_AMZN_TRACE_ID"] = trace_id
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        document = None
        try:
            result = result_of(handler, headers, payload)
        except Exception as error:
            document = describe(error, request_id)
            # Its traceback holds on to everything the handler knew.
            error = None
        flush()
        if document is None:
            api.respond(request_id, result)
        else:
            log_error(document, log, as_json)
            api.fail(request_id, document)
        result = payload = None


def set_up_logging(log, as_json):
    if as_json:
        handler = LambdaHandler(log, JSON_FRAME)
        formatter = JsonFormatter()
    else:
        handler = LambdaHandler(log, TEXT_FRAME)
        formatter = logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)dZ\t%(aws_request_id)s\t%(message)s\n",
            "%Y-%m-%dT%H:%M:%S",
        )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.addFilter(RequestIdFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL")
    if as_json and level:
        root.setLevel({"TRACE": "NOTSET", "FATAL": "CRITICAL", "WARN": "WARNING"}.get(level, level))


def set_up_path(sdk_folder):
    """The function's own code first, what the runtime brings last: what a function ships wins."""
    folder = os.path.dirname(os.path.abspath(__file__))
    if sys.path[:1] == [folder]:
        del sys.path[0]
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    version = "python%d.%d" % sys.version_info[:2]
    layers = os.environ.get("_FOGBANK_OPT", "/opt")
    sys.path[1:1] = ["%s/python/lib/%s/site-packages" % (layers, version), layers + "/python"]
    if sdk_folder:
        sys.path.append(sdk_folder)
    sys.path.append(os.path.join(folder, "packages"))


def set_up_builtins():
    """What `site` would have added, had it run."""
    import _sitebuiltins
    import builtins

    for name in ("exit", "quit"):
        if not hasattr(builtins, name):
            setattr(builtins, name, _sitebuiltins.Quitter(name, "Ctrl-D"))


def main():
    sdk_folder, sdk_remedy, *mode = sys.argv[1:]
    del sys.argv[1:]
    if mode == ["zygote"]:
        loaded = frozenset(sys.modules)
        import zygote

        zygote.serve(sdk_folder, loaded)
    set_up_path(sdk_folder)
    set_up_builtins()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    fd = os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD", None)
    log = Frames(int(fd)) if fd else Lines()
    as_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
    set_up_logging(log, as_json)
    api = RuntimeApi.connect(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        try:
            handler = initialise(os.environ["_HANDLER"], sdk_remedy)
        except Exception as error:
            document = describe(error, "")
            flush()
            log_error(document, log, as_json)
            api.fail_init(document)
            sys.exit(1)
        flush()
        serve(api, handler, log, as_json)
    except Disconnected:
        sys.exit(0)


if __name__ == "__main__":
    # Handlers may start processes with `multiprocessing`, which imports this file again.
    main()
