"""What is not built says so by name: 501, never a guess and never a silent success."""

import botocore.exceptions
import pytest

from harness import models
from harness.clients import Clients

COVERAGE = models.coverage()


def unvalidated(endpoint: str) -> Clients:
    """The input only has to reach the server."""
    return Clients(endpoint, parameter_validation=False)


@pytest.mark.parametrize("service", models.SERVICES)
def test_every_unbuilt_operation(shared, service):
    clients, model = unvalidated(shared.endpoint).of(service), models.Model(service)
    wrong = []
    for operation in COVERAGE[service]["unbuilt"]:
        try:
            getattr(clients, model.method(operation))(**model.input(operation, {}))
            wrong.append((operation, "succeeded"))
        except botocore.exceptions.ClientError as refusal:
            answer = refusal.response
            status, error = answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]
            if status != 501 or operation not in error["Message"] or error["Code"] != "NotImplemented":
                wrong.append((operation, status, error))
        except botocore.exceptions.BotoCoreError as failure:
            wrong.append((operation, repr(failure)))
    assert wrong == []


@pytest.mark.parametrize("service", models.SERVICES)
def test_the_table_covers_the_model(service):
    """docs/coverage.md knows every operation that the pinned SDK knows, once."""
    listed = COVERAGE[service]["built"] + COVERAGE[service]["unbuilt"]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(models.Model(service).operations())


# The kinds of things that are built, where others of the same operation are not.
VARIANTS = {"ProtocolType": "HTTP"}


@pytest.mark.parametrize("service", [name for name in models.SERVICES if COVERAGE[name]["built"]])
def test_every_built_operation_is_there(shared, service):
    """With no input at all it may refuse, but never as unknown, unbuilt or broken."""
    clients, model = unvalidated(shared.endpoint).of(service), models.Model(service)
    wrong = []
    for operation in COVERAGE[service]["built"]:
        try:
            getattr(clients, model.method(operation))(**model.input(operation, VARIANTS))
        except botocore.exceptions.ClientError as refusal:
            status = refusal.response["ResponseMetadata"]["HTTPStatusCode"]
            if status >= 500 or refusal.response["Error"]["Code"] in (
                "UnknownOperationException",
                "InvalidAction",
            ):
                wrong.append((operation, refusal.response["Error"]))
    assert wrong == []
