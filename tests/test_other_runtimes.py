"""Functions for interpreters that a machine may lack: they are created anyway, and their invocation says
what to install."""

import shutil

import pytest

from harness import functions
from harness.identities import allow, create_role
from harness.microservice import LOGS, create_function, invoke

RUBY = b"""
def handler(event:, context:)
  raise ArgumentError, "no luck" if event == "fail"
  {got: event, name: context.function_name}
end
"""


def ruby(clients) -> str:
    code = {"ZipFile": functions.zip_of({"app.rb": RUBY})}
    package = {"Runtime": "ruby3.4", "Handler": "app.handler", "Code": code}
    return create_function(clients, package, create_role(clients, allow(*LOGS)), Timeout=10)


@pytest.mark.skipif(shutil.which("ruby") is None, reason="the machine has no Ruby")
def test_ruby_functions_run(admin):
    function = ruby(admin)
    assert invoke(admin, function, {"a": 1})["Payload"] == {"got": {"a": 1}, "name": function}
    failed = invoke(admin, function, "fail")
    assert failed["FunctionError"] == "Unhandled"
    assert failed["Payload"]["errorType"] == "Function<ArgumentError>"
    assert failed["Payload"]["errorMessage"] == "no luck"


@pytest.mark.skipif(shutil.which("ruby") is not None, reason="the machine has Ruby")
def test_ruby_functions_say_what_to_install(admin):
    failed = invoke(admin, ruby(admin), {})
    assert failed["Payload"]["errorType"] == "Runtime.InvalidEntrypoint"
    assert failed["Payload"]["errorMessage"].endswith(
        "no Ruby was found for ruby3.4; install it, for example with `apt install ruby`"
    )


@pytest.mark.parametrize(("runtime", "handler"), [("java21", "app.Handler"), ("dotnet8", "app::App::Run")])
def test_what_cannot_be_run_says_so(admin, runtime, handler):
    code = {"ZipFile": functions.zip_of({"app": b"-"})}
    package = {"Runtime": runtime, "Handler": handler, "Code": code}
    function = create_function(admin, package, create_role(admin, allow(*LOGS)))
    failed = invoke(admin, function, {})
    assert failed["Payload"]["errorType"] == "Runtime.InvalidEntrypoint"
    assert f"{runtime} functions cannot be run here yet" in failed["Payload"]["errorMessage"]
