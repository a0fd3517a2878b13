"""Lambda answers as recordings of AWS show it, field by field. Each file of `cases/lambda` has
scenarios: calls in their order with what each answers or is refused with. A scenario has a function of
its own, `{function}`, unless it says that it needs none; ids, dates and digests are compared by what
they are, and `save` keeps a field of an answer for later calls."""

import json
import re

import pytest
from botocore.exceptions import ClientError

from harness import functions
from harness.clients import TESTS, Clients, body_of
from harness.environment import ACCOUNT, REGION
from harness.identities import create_role, unique
from harness.microservice import function_arn

CASES = {path.stem: json.loads(path.read_text()) for path in sorted((TESTS / "cases" / "lambda").glob("*"))}
SCENARIOS = [(topic, name) for topic, case in CASES.items() for name in case["scenarios"]]
SOURCE = b"def handler(event, context):\n    return event\n"
CODE = functions.zip_of({"handler.py": SOURCE})
OTHER_CODE = functions.zip_of({"handler.py": SOURCE + b"# changed\n"})
KINDS = {
    "<uuid>": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "<date>": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(\+0000|\+00:00|Z)?",
    "<sha256>": r"[A-Za-z0-9+/]{43}=",
    "<size>": r"[1-9]\d*",
    "<link>": r"https?://.+",
    "<url>": r"http://[a-z0-9]{32}\.lambda-url\..+/",
    "<runtime>": rf"arn:aws:lambda:{REGION}::runtime:[0-9a-f]{{64}}",
    "<csc>": rf"arn:aws:lambda:{REGION}:{ACCOUNT}:code-signing-config:csc-[0-9a-z]{{17}}",
    "<csc-id>": r"csc-[0-9a-z]{17}",
}


class Replay:
    """One scenario on its way."""

    def __init__(self, client, case: dict, known: dict):
        self.client, self.case, self.known = client, case, known

    def filled(self, value):
        """What the case says, with names for placeholders."""
        if isinstance(value, dict):
            if value.keys() == {"repeat", "times"}:
                return value["repeat"] * value["times"]
            return {self.filled(key): self.filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if value == "{zip}":
            return CODE
        if value == "{other zip}":
            return OTHER_CODE
        if isinstance(value, str):
            return re.sub(r"\{(\w+)\}", lambda name: str(self.known.get(name[1], name[0])), value)
        return value

    def expected(self, answer):
        """The answer that the case means: `like` names one to start from."""
        if not isinstance(answer, dict):
            return answer
        if "like" in answer:
            base = self.expected(self.case["answers"][answer["like"]])
            without = set(answer.get("without", ()))
            kept = {key: value for key, value in base.items() if key not in without}
            return kept | self.expected(answer.get("but", {}))
        return {
            key: [self.expected(v) for v in value] if isinstance(value, list) else self.expected(value)
            for key, value in answer.items()
        }

    def step(self, step: dict):
        what = json.dumps(step)
        operation = getattr(self.client, step["call"])
        arguments = self.filled(step.get("with", {}))
        if "refused" in step:
            with pytest.raises(ClientError) as caught:
                operation(**arguments)
            assert refusal(caught.value.response) == self.filled(step["refused"]), what
            return
        answer = operation(**arguments)
        if "changed" in step:
            assert answer[step["changed"][0]] != self.known[step["changed"][1]], what
        for name, field in step.get("save", {}).items():
            self.known[name] = answer[field]
        if "answer" in step:
            difference = compare(plain(body_of(answer)), self.filled(self.expected(step["answer"])))
            assert not difference, f"{what}\n" + "\n".join(difference)
        if "status" in step:
            assert answer["ResponseMetadata"]["HTTPStatusCode"] == step["status"], what
        if step["call"] in ("create_function", "update_function_code", "update_function_configuration"):
            self.client.get_waiter("function_active_v2").wait(
                FunctionName=answer["FunctionArn"], WaiterConfig={"Delay": 0.05}
            )
            self.client.get_waiter("function_updated_v2").wait(
                FunctionName=answer["FunctionArn"], WaiterConfig={"Delay": 0.05}
            )


def refusal(answer: dict) -> list:
    """Status, code and message; then what else is in the envelope, but for the copy of the message."""
    error = answer["Error"]
    more = {
        key: value
        for key, value in answer.items()
        if key not in ("Error", "ResponseMetadata", "message", "Message")
    }
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    shown = [status, error["Code"], error.get("Message")]
    return shown if more == {"Type": "User"} else [*shown, more]


def plain(answer):
    """An answer as JSON has it: policies and statements are documents."""
    if isinstance(answer, dict):
        shown = {}
        for key, value in answer.items():
            is_document = key in ("Policy", "Statement") and isinstance(value, str)
            shown[key] = json.loads(value) if is_document else plain(value)
        return shown
    if isinstance(answer, list):
        return [plain(item) for item in answer]
    if hasattr(answer, "read"):
        return answer.read().decode()
    return answer if isinstance(answer, int | float | str | None) else str(answer)


def compare(got, wanted, path: str = "$") -> list[str]:
    """Where an answer differs from the one wanted."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        missing = [f"{path}.{key} is missing" for key in wanted.keys() - got.keys()]
        more = [f"{path}.{key} is too much: {got[key]!r}" for key in got.keys() - wanted.keys()]
        both = wanted.keys() & got.keys()
        return missing + more + [d for key in both for d in compare(got[key], wanted[key], f"{path}.{key}")]
    if isinstance(wanted, list) and isinstance(got, list) and len(got) == len(wanted):
        pairs = enumerate(zip(got, wanted, strict=True))
        return [d for at, (one, other) in pairs for d in compare(one, other, f"{path}[{at}]")]
    if isinstance(wanted, str) and wanted in KINDS:
        return [] if re.fullmatch(KINDS[wanted], str(got)) else [f"{path} is no {wanted}: {got!r}"]
    return [] if got == wanted else [f"{path} is {got!r}, wanted {wanted!r}"]


@pytest.mark.parametrize(("topic", "name"), SCENARIOS)
def test_recorded(shared, admin, topic, name):
    case = CASES[topic]
    scenario = case["scenarios"][name]
    # What the SDK itself would refuse is for the server to refuse.
    client = Clients(shared.endpoint, parameter_validation=False).lambda_
    function, role = unique("recorded"), create_role(admin)
    prefix = f"arn:aws:lambda:{REGION}:{ACCOUNT}"
    known = {
        "function": function,
        "arn": function_arn(function),
        "role": role,
        "prefix": prefix,
        "account": ACCOUNT,
        "region": REGION,
        "layer": unique("layer"),
        "python": functions.PYTHON,
    }
    replay = Replay(client, case, known)
    for step in case.get("before", []) if scenario.get("function", True) else []:
        replay.step(step)
    for step in scenario["steps"]:
        replay.step(step)
