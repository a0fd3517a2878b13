"""The example microservice's contract: the same cases for every language and every way in.

A case has a request and what must come back: an `answer`, or an `error` whose message matches,
perhaps of a `type`. `item` is what the table must hold afterwards, `null` for nothing.
"""

import json
import re
from pathlib import Path

CASES = json.loads((Path(__file__).resolve().parents[1] / "cases" / "manager.json").read_text())
KEY = {"id": {"S": "1234ABCD"}}


def request_of(case: dict, table: str) -> dict:
    request = dict(case["request"])
    if request.get("tableName") == "$TABLE":
        request["tableName"] = table
    return request


def check(case: dict, answer):
    """`answer` is the parsed JSON that came back."""
    name = case["name"]
    if "error" in case:
        assert set(answer) >= {"errorMessage", "errorType"}, (name, answer)
        assert re.search(case["error"], answer["errorMessage"]), (name, answer)
        assert case.get("type") in (None, answer["errorType"]), (name, answer)
    else:
        assert answer == case["answer"], name


def run(call, table: str, dynamodb):
    """Runs all cases in order; `call` takes a request to the function and answers parsed JSON."""
    for case in CASES:
        check(case, call(request_of(case, table)))
        if "item" in case:
            stored = dynamodb.get_item(TableName=table, Key=KEY, ConsistentRead=True).get("Item")
            assert stored == case["item"], case["name"]
