"""One function over one kind of request: do an operation on a DynamoDB table.

    {"operation": "create", "tableName": "...", "payload": {"Item": {"id": "1234ABCD"}}}

The README has the contract; the Rust function of ../dynamodb-manager-rust keeps it too.
"""

import base64
import json
from decimal import Decimal

import boto3
from boto3.dynamodb.types import Binary

dynamodb = boto3.resource("dynamodb")

# What each operation is called on a table of boto3's resource API.
TABLE_OPERATIONS = {
    "create": "put_item",
    "read": "get_item",
    "update": "update_item",
    "delete": "delete_item",
    "list": "scan",
}


class InvalidRequest(ValueError):
    """The request is not one that this function knows."""


def handler(event, context):
    """Answers one request."""
    operation = event.get("operation")
    payload = event.get("payload")
    if operation == "ping":
        return "pong"
    if operation == "echo":
        return payload
    if not isinstance(operation, str):
        operation = json.dumps(operation)
    if operation not in TABLE_OPERATIONS:
        raise InvalidRequest(f'Unrecognized operation "{operation}"')
    if not isinstance(event.get("tableName"), str):
        raise InvalidRequest('Missing "tableName"')
    table = dynamodb.Table(event["tableName"])
    answer = getattr(table, TABLE_OPERATIONS[operation])(**exact(payload or {}))
    answer.pop("ResponseMetadata", None)
    return plain(answer)


def exact(value):
    """JSON with the numbers that boto3 takes: a float's shortest digits are its exact ones."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {name: exact(item) for name, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return value


def plain(value):
    """JSON of what boto3 gives: sets become sorted lists, bytes base64. Decimals stay: Lambda
    writes them with all their digits."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return [plain(item) for item in sorted(value, key=order)]
    if isinstance(value, Binary):
        return base64.b64encode(value.value).decode("ascii")
    return value


def order(item):
    """Bytes have an order that their wrapper lacks."""
    return item.value if isinstance(item, Binary) else item
