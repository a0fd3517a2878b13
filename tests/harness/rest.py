"""REST APIs made with boto3, a method a line."""

import json

from . import http
from .clients import Clients
from .identities import unique


class Rest:
    """An API under construction; `deploy` puts it on the stage `test`."""

    def __init__(self, admin: Clients, **settings):
        self.gateway = admin.apigateway
        created = self.gateway.create_rest_api(name=unique("api"), **settings)
        self.id, self.root = created["id"], created["rootResourceId"]

    def resource(self, path_part: str, parent: str | None = None) -> str:
        made = self.gateway.create_resource(
            restApiId=self.id, parentId=parent or self.root, pathPart=path_part
        )
        return made["id"]

    def method(self, verb: str, resource: str | None = None, integration: dict | None = None, **settings):
        """A method with its integration: a MOCK that answers 200, unless another one is given."""
        at = {"restApiId": self.id, "resourceId": resource or self.root, "httpMethod": verb}
        self.gateway.put_method(**at, **{"authorizationType": "NONE", **settings})
        given = integration or {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
        self.gateway.put_integration(**at, **given)
        return at

    def response(self, at: dict, status: str = "200", headers: dict | None = None, **settings):
        """A method response and an integration response that maps these headers."""
        headers = {f"method.response.header.{name}": source for name, source in (headers or {}).items()}
        self.gateway.put_method_response(
            **at, statusCode=status, responseParameters=dict.fromkeys(headers, False)
        )
        self.gateway.put_integration_response(
            **at, statusCode=status, responseParameters=headers, **settings
        )

    def deploy(self, stage: str = "test", **settings) -> "Rest":
        self.gateway.create_deployment(restApiId=self.id, stageName=stage, **settings)
        return self

    def path(self, path: str = "/", stage: str = "test") -> str:
        return f"/restapis/{self.id}/{stage}/_user_request_{path}"

    def arn(self, path: str = "*") -> str:
        return f"arn:aws:execute-api:us-east-1:000000000000:{self.id}/{path}"


def mock_answer(text) -> dict:
    """The templates of an integration response that answers this."""
    return {"application/json": text if isinstance(text, str) else json.dumps(text)}


def send(port: int, api: Rest, line: str = "GET /", body: bytes | str = b"", headers: dict | None = None, **at):
    """`GET /path?query` to a stage of the API."""
    verb, path = line.split(" ", 1)
    return http.request(port, verb, api.path(path, **at), body, headers)
