"""Functions reach this server under the names of AWS's that programs are written with: their own APIs, function
URLs, and the endpoints of services. No packet leaves the machine for them."""

import pytest

from harness import functions
from harness.environment import REGION
from harness.identities import allow, create_role, unique
from harness.microservice import LOGS, create_function, invoke
from harness.rest import Rest, mock_answer
from test_http_apis import permit
from test_node_sdk import node
from test_websockets import Api

PYTHON_CHAT = """
import boto3

def handler(event, context):
    context = event["requestContext"]
    if context["routeKey"] == "$default":
        url = "https://" + context["domainName"] + "/" + context["stage"]
        gateway = boto3.client("apigatewaymanagementapi", endpoint_url=url)
        gateway.post_to_connection(ConnectionId=context["connectionId"], Data=b"you said " + event["body"].encode())
    return {"statusCode": 200}
"""

NODE_CHAT = """
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
export const handler = async ({ body, requestContext: { routeKey, connectionId, domainName, stage } }) => {
  if (routeKey === '$default') {
    const client = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` });
    await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: `you said ${body}` }));
  }
  return { statusCode: 200 };
};
"""

FETCH = """
import json, urllib.request, urllib.error

def handler(event, context):
    try:
        with urllib.request.urlopen(event["url"], timeout=10) as answer:
            return [answer.status, answer.read().decode()]
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode()]
    except OSError as error:
        return [0, str(error)]
"""

# What SDKs do that know nothing of `AWS_ENDPOINT_URL`.
REAL_ENDPOINTS = """
import boto3

def handler(event, context):
    table = boto3.client("dynamodb", endpoint_url="https://dynamodb.us-east-1.amazonaws.com").describe_table(TableName=event)
    return [
        table["Table"]["TableStatus"],
        boto3.client("sts", endpoint_url="https://sts.amazonaws.com").get_caller_identity()["Account"],
    ]
"""


def python(admin, source: str, *statements: dict) -> str:
    package = {
        "Runtime": functions.PYTHON,
        "Handler": "index.handler",
        "Code": {"ZipFile": functions.zip_of({"index.py": source.encode()})},
    }
    return create_function(admin, package, create_role(admin, allow(*LOGS), *statements), Timeout=20)


@pytest.mark.parametrize("language", ["python", "node"])
def test_functions_answer_on_their_connections(admin, shared, language):
    if language == "python":
        function = python(admin, PYTHON_CHAT, allow("execute-api:ManageConnections"))
    else:
        function = node(admin, {"index.mjs": NODE_CHAT}, allow("execute-api:ManageConnections"))
    api = Api(admin, shared.port)
    permit(admin, function, f"{api.id}/*")
    for route in ("$connect", "$default"):
        api.route(route, api.function(function))
    with api.connect() as client:
        client.send("hello")
        assert client.recv(timeout=60) == "you said hello"


def test_urls_of_apis_lead_here(admin):
    api = Rest(admin)
    api.response(api.method("GET"), responseTemplates=mock_answer('"here"'))
    api.deploy()
    fetch = python(admin, FETCH)
    host = f"{api.id}.execute-api.{REGION}.amazonaws.com"
    for scheme in ("https", "http"):
        assert invoke(admin, fetch, {"url": f"{scheme}://{host}/test/"})["Payload"] == [200, '"here"']
    url = admin.lambda_.create_function_url_config(FunctionName=fetch, AuthType="AWS_IAM")["FunctionUrl"]
    name = url.split("://")[1].split(".")[0]
    status, _ = invoke(admin, fetch, {"url": f"https://{name}.lambda-url.{REGION}.on.aws/"})["Payload"]
    assert status == 403


def test_endpoints_of_services_lead_here(admin):
    table = unique("things")
    admin.dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    function = python(admin, REAL_ENDPOINTS, allow("dynamodb:DescribeTable"))
    assert invoke(admin, function, table)["Payload"] == ["ACTIVE", "000000000000"]
