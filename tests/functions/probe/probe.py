"""A function that does what the test asks for and needs nothing but Python."""

import os
import subprocess
import sys
import time
import uuid

INSTANCE = str(uuid.uuid4())
calls = 0


def echo(event, context):
    return event.get("value")


def where(event, context):
    """Who serves this call, and when: two calls overlap if their times do."""
    global calls
    calls += 1
    started = time.time()
    time.sleep(event.get("seconds", 0))
    return {"instance": INSTANCE, "calls": calls, "started": started, "ended": time.time()}


def fail(event, context):
    raise ValueError(event["message"])


def leave(event, context):
    os._exit(event["status"])


def hang(event, context):
    subprocess.Popen(["sleep", event["mark"]])
    time.sleep(600)


def nap(event, context):
    """Sleeps in a child process, which makes the call visible from outside."""
    subprocess.run(["sleep", event["seconds"]], check=True)
    return "rested"


def environment(event, context):
    return dict(os.environ)


def about(event, context):
    return {
        "aws_request_id": context.aws_request_id,
        "function_name": context.function_name,
        "function_version": context.function_version,
        "invoked_function_arn": context.invoked_function_arn,
        "log_group_name": context.log_group_name,
        "log_stream_name": context.log_stream_name,
        "memory_limit_in_mb": context.memory_limit_in_mb,
        "remaining_ms": context.get_remaining_time_in_millis(),
    }


def say(event, context):
    print(event["out"])
    print(event["err"], file=sys.stderr)
    return "said"


def fill(event, context):
    return "x" * event["size"]


def unserialisable(event, context):
    return object()


ACTIONS = {
    action.__name__: action
    for action in (echo, where, fail, leave, hang, nap, environment, about, say, fill, unserialisable)
}


def handler(event, context):
    return ACTIONS[event.get("do", "echo")](event, context)
