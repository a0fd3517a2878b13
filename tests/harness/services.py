"""Per service: a harmless call, and the status with which its protocol refuses a caller."""

from typing import NamedTuple

from .clients import Clients


class Service(NamedTuple):
    operation: str
    refusal_status: int


SERVICES = {
    "dynamodb": Service("list_tables", 400),
    "lambda": Service("list_functions", 403),
    "apigateway": Service("get_rest_apis", 403),
    "logs": Service("describe_log_groups", 400),
    "iam": Service("list_users", 403),
    "sts": Service("get_caller_identity", 403),
}

# Those with XML answers, whose error codes have names of their own.
QUERY = ("iam", "sts")


def call(clients: Clients, service: str):
    return getattr(clients.of(service), SERVICES[service].operation)()
