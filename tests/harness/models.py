"""AWS's API models as botocore ships them: which operations there are, and some input for each.

The table of what is built is docs/coverage.md, generated from the same source as the server.
"""

import re

import botocore.session
from botocore import xform_name

from .environment import ROOT

SERVICES = ("dynamodb", "dynamodbstreams", "lambda", "apigateway", "apigatewayv2", "iam", "sts", "logs")


def coverage() -> dict[str, dict[str, list[str]]]:
    """Per service the operations that are `built` and `unbuilt`, as docs/coverage.md lists them."""
    text = (ROOT / "docs" / "coverage.md").read_text()
    found = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        name = section.split("\n", 1)[0].strip()
        found[name] = {"built": listed(section, "Built"), "unbuilt": listed(section, "Not built")}
    assert set(found) == set(SERVICES)
    return found


def listed(section: str, title: str) -> list[str]:
    line = re.search(rf"^{title}: (.*)\.$", section, flags=re.MULTILINE)
    return [] if line is None or line[1] == "none" else line[1].split(", ")


class Model:
    """One service's model."""

    def __init__(self, service: str):
        self._model = botocore.session.get_session().get_service_model(service)

    def operations(self) -> list[str]:
        return list(self._model.operation_names)

    def method(self, operation: str) -> str:
        """The name of boto3's method."""
        return xform_name(operation)

    def input(self, operation: str, known: dict, more: tuple[str, ...] = ()) -> dict:
        """The smallest valid input: required members (and those in `more`), taken from `known` by name."""
        shape = self._model.operation_model(operation).input_shape
        if shape is None:
            return {}
        wanted = [name for name in shape.members if name in shape.required_members or name in more]
        return {name: self._value(name, shape.members[name], known) for name in wanted}

    def _value(self, name: str, shape, known: dict):
        if name in known:
            return known[name]
        if shape.type_name == "structure":
            wanted = [member for member in shape.members if member in shape.required_members]
            if getattr(shape, "is_tagged_union", False) and shape.members:
                wanted = list(shape.members)[:1]
            return {member: self._value(member, shape.members[member], known) for member in wanted}
        if shape.type_name == "list":
            return [self._value(name, shape.member, known)]
        if shape.type_name == "map":
            return {self._value("key", shape.key, known): self._value("value", shape.value, known)}
        return scalar(shape)


def scalar(shape):
    if shape.type_name == "string":
        if getattr(shape, "enum", None):
            return shape.enum[0]
        return "a" * max(int(shape.metadata.get("min", 1)), 1)
    if shape.type_name in ("integer", "long"):
        return max(int(shape.metadata.get("min", 1)), 1)
    if shape.type_name in ("float", "double"):
        return 1.0
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "blob":
        return b"{}"
    if shape.type_name == "timestamp":
        return 1_700_000_000
    raise AssertionError(f"no value for {shape.type_name}")
