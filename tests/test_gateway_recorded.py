"""The operations of REST APIs answer as recordings of AWS show it, field by field.

`cases/rest_apis/` has them as data: the calls of a case in order, each in an account of its own. A
call may have an `answer`, which must be the whole answer; `<id:1>` stands for what is the same
wherever it is written, `<*>` for anything, an object for JSON text that says the same. `keep` names
what later calls need of an answer that was not recorded.
"""

import json
import re
import secrets

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from harness.clients import TESTS, Clients, body_of

CASES = {
    f"{file.stem}: {case['name']}": case["steps"]
    for file in sorted((TESTS / "cases" / "rest_apis").glob("*.json"))
    for case in json.loads(file.read_text())
}
PLACEHOLDER = re.compile(r"<(?:\*|account|[a-z-]+[:-]\d+)>")


class Names:
    """What the placeholders of a case stand for, as far as it is known."""

    def __init__(self, **known: str):
        self.known = {f"<{name}>": value for name, value in known.items()}

    def filled(self, given):
        """Arguments with the placeholders replaced."""
        if isinstance(given, dict):
            return {self.filled(key): self.filled(value) for key, value in given.items()}
        if isinstance(given, list):
            return [self.filled(value) for value in given]
        if isinstance(given, str):
            return PLACEHOLDER.sub(lambda found: self.known[found[0]], given)
        return given

    def differences(self, expected, got, at: str = "") -> list[str]:
        """Where an answer is not what was recorded; learns what placeholders stand for."""
        if isinstance(expected, dict | list) and isinstance(got, str):
            got = got.split("\n") if at == "/log" else json.loads(got)
        if isinstance(expected, dict) and isinstance(got, dict):
            missing = [f"{at}/{key} is missing" for key in expected.keys() - got.keys()]
            more = [f"{at}/{key} is not in the recording" for key in got.keys() - expected.keys()]
            shared = [key for key in expected if key in got]
            return missing + more + [d for key in shared for d in self.differences(expected[key], got[key], f"{at}/{key}")]
        if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
            pairs = enumerate(zip(expected, got, strict=True))
            return [d for index, (one, other) in pairs for d in self.differences(one, other, f"{at}/{index}")]
        if isinstance(expected, str) and self._matches(expected, str(got)):
            return []
        return [] if expected == got and type(expected) is type(got) else [f"{at}: {got!r}, not {expected!r}"]

    def _matches(self, expected: str, got: str) -> bool:
        pattern, new, end = "", {}, 0
        for found in PLACEHOLDER.finditer(expected):
            pattern += re.escape(expected[end : found.start()])
            end = found.end()
            if found[0] == "<*>":
                pattern += ".*?"
            elif found[0] in self.known:
                pattern += re.escape(self.known[found[0]])
            else:
                new[f"g{len(new)}"] = found[0]
                pattern += f"(?P<g{len(new) - 1}>.+?)"
        matched = re.fullmatch(pattern + re.escape(expected[end:]), got, re.DOTALL)
        if matched is not None:
            self.known |= {name: matched[group] for group, name in new.items()}
        return matched is not None


def answered(gateway, step: dict, names: Names) -> tuple[int, dict]:
    try:
        answer = getattr(gateway, xform_name(step["call"]))(**names.filled(step["with"]))
        body = body_of(answer)
    except ClientError as refused:
        answer = refused.response
        body = {"Error": answer["Error"]}
    return answer["ResponseMetadata"]["HTTPStatusCode"], body


def kept(answer, path: str) -> str:
    for part in path.split("."):
        answer = answer[int(part) if isinstance(answer, list) else part]
    return answer


@pytest.mark.parametrize("case", CASES)
def test_recorded(shared, case):
    account = f"{secrets.randbelow(10**12):012}"
    gateway = Clients(shared.endpoint, key=account, parameter_validation=False).apigateway
    names = Names(account=account)
    for step in CASES[case]:
        status, body = answered(gateway, step, names)
        if "answer" in step:
            found = names.differences(step["answer"], body)
            assert (status, found) == (step["status"], []), json.dumps(step)
        else:
            assert status < 300, (step, body)
        names.known |= {name: kept(body, path) for name, path in step.get("keep", {}).items()}
