"""`fogbank up` again, after the template or the code has changed: what changes in place, and what is kept."""

import json
import re
import signal

import pytest

from harness import http
from harness.clients import Clients
from harness.environment import server_environment
from harness.server import Process, eventually
from test_up import UP_SECONDS, up  # noqa: F401  (a fixture)

TABLE = """
Resources:
  Things:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [DEFINITIONS]
MORE
Outputs:
  Table: {Value: !Ref Things}
"""
ID, COLOUR = "{AttributeName: id, AttributeType: S}", "{AttributeName: colour, AttributeType: S}"
INDEX = """\
      GlobalSecondaryIndexes:
        - IndexName: by-colour
          KeySchema: [{AttributeName: colour, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
"""
STREAM = "      StreamSpecification: {StreamViewType: NEW_IMAGE}\n"

PUBLISHED = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Description: what only tells readers something
    Properties:
      Runtime: python3.12
      Handler: app.handler
      AutoPublishAlias: live
      DeploymentPreference: {Type: AllAtOnce}
      Tags: {team: TEAM}
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        Get: {Type: Api, Properties: {Path: /hello/, Method: get}}
        Http: {Type: HttpApi, Properties: {Path: /hello, Method: get}}
"""
HANDLER = """
def handler(event, context):
    return {"statusCode": 200, "body": "%s by " + context.function_version}
"""


@pytest.fixture
def table(tmp_path):
    """Deploys the table with what is given; answers a client and the table's name."""
    template, running = tmp_path / "template.yaml", []

    def stop():
        while running:
            process = running.pop()
            process.signal(signal.SIGINT)
            assert process.exit_code() == 0, process.output

    def deploy(definitions: str, more: str):
        stop()
        template.write_text(TABLE.replace("DEFINITIONS", definitions).replace("MORE\n", more))
        arguments = ["up", str(template), "--listen", "127.0.0.1:0", "--data", str(tmp_path / "data")]
        process = Process(arguments, server_environment())
        running.append(process)
        endpoint = process.wait_for(r"http://127\.0\.0\.1:\d+", UP_SECONDS)[0]
        name = process.wait_for(r"Table\W+(\S*Things\S*)", UP_SECONDS)[1]
        return Clients(endpoint).dynamodb, name

    yield deploy
    for process in running:
        process.kill()


def test_indexes_and_streams_come_and_go_with_the_items_in_place(table):
    dynamodb, name = table(ID, "")
    dynamodb.put_item(TableName=name, Item={"id": {"S": "1"}, "colour": {"S": "red"}})

    dynamodb, name_then = table(f"{COLOUR}, {ID}", INDEX + STREAM)
    assert name_then == name
    found = dynamodb.query(
        TableName=name,
        IndexName="by-colour",
        KeyConditionExpression="colour = :c",
        ExpressionAttributeValues={":c": {"S": "red"}},
    )
    assert found["Count"] == 1
    described = dynamodb.describe_table(TableName=name)["Table"]
    assert described["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}

    dynamodb, name_then = table(ID, "")
    described = dynamodb.describe_table(TableName=name)["Table"]
    assert name_then == name and "GlobalSecondaryIndexes" not in described
    assert not described.get("StreamSpecification", {}).get("StreamEnabled")
    assert dynamodb.scan(TableName=name)["Count"] == 1


def test_versions_are_published_with_the_code(up, tmp_path):  # noqa: F811
    template = tmp_path / "app" / "template.yaml"
    template.parent.mkdir()
    template.write_text(PUBLISHED)
    code = template.parent / "app.py"

    def deploy(word: str):
        code.write_text(HANDLER % word)
        template.write_text(PUBLISHED.replace("TEAM", word))
        return up(template)

    def answers(service) -> list[str]:
        rest = service.admin.apigateway.get_rest_apis()["items"][0]["id"]
        http_api = service.admin.of("apigatewayv2").get_apis()["Items"][0]["ApiId"]
        (function,) = service.admin.lambda_.list_functions()["Functions"]
        name = function["FunctionName"]
        url = service.admin.lambda_.get_function_url_config(FunctionName=name, Qualifier="live")["FunctionUrl"]
        url_id = re.search(r"//([a-z0-9]+)\.", url)[1]
        paths = [
            f"/restapis/{rest}/Prod/_user_request_/hello",
            f"/_aws/execute-api/{http_api}/hello",
            f"/_aws/lambda-url/{url_id}/",
        ]
        return [http.request(service.port, "GET", path).text for path in paths]

    service = deploy("one")
    assert answers(service) == ["one by 1"] * 3
    assert service.interrupt() == 0
    service = deploy("two")
    eventually(lambda: answers(service) == ["two by 2"] * 3, "the alias points to the new version")
    (function,) = service.admin.lambda_.list_functions()["Functions"]
    role = function["Role"].rsplit("/", 1)[1]
    assert {"Key": "team", "Value": "two"} in service.admin.iam.list_role_tags(RoleName=role)["Tags"]
    first = service.admin.lambda_.invoke(FunctionName=function["FunctionName"], Qualifier="1")
    assert json.loads(first["Payload"].read())["body"] == "one by 1"
    assert service.interrupt() == 0
    # Nothing changes, nothing is published.
    service = deploy("two")
    assert answers(service) == ["two by 2"] * 3
