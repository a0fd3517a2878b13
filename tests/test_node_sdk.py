"""The AWS SDK for JavaScript is part of the Node.js runtimes: functions that name it and bring none find it."""

import pytest

from harness import functions
from harness.identities import allow, create_role, unique
from harness.microservice import LOGS, create_function, invoke

BODY = """
const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
%s = async (event) => {
  await client.send(new PutCommand({ TableName: process.env.TABLE, Item: event }));
  const found = await client.send(new GetCommand({ TableName: process.env.TABLE, Key: { id: event.id } }));
  return found.Item;
};
"""
COMMON = (
    "const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');\n"
    "const { DynamoDBDocumentClient, PutCommand, GetCommand } = require('@aws-sdk/lib-dynamodb');\n"
    + BODY % "exports.handler"
)
ESM = (
    "import { DynamoDBClient } from '@aws-sdk/client-dynamodb';\n"
    "import { DynamoDBDocumentClient, PutCommand, GetCommand } from '@aws-sdk/lib-dynamodb';\n"
    + BODY % "export const handler"
)
BROUGHT = "exports.handler = async () => require('@aws-sdk/client-dynamodb').mine;"


def node(admin, files: dict[str, str], *statements: dict, **settings) -> str:
    package = {
        "Runtime": "nodejs22.x",
        "Handler": "index.handler",
        "Code": {"ZipFile": functions.zip_of({name: text.encode() for name, text in files.items()})},
    }
    role = create_role(admin, allow(*LOGS), allow("dynamodb:PutItem", "dynamodb:GetItem"), *statements)
    return create_function(admin, package, role, Timeout=20, MemorySize=256, **settings)


@pytest.fixture(scope="module")
def table(admin) -> str:
    name = unique("things")
    admin.dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.mark.parametrize(
    "files",
    [
        {"index.js": COMMON},
        {"index.mjs": ESM},
        {"index.js": ESM, "package.json": '{"type": "module"}'},
        {"index.js": "exports.handler = require('./lib/deep').handler", "lib/deep.js": COMMON},
    ],
    ids=["require", "import", "package", "deep"],
)
def test_it_is_there(admin, table, files):
    function = node(admin, files, Environment={"Variables": {"TABLE": table}})
    answer = invoke(admin, function, {"id": "1", "n": 5})
    assert answer["Payload"] == {"id": "1", "n": 5}, answer


def test_a_functions_own_goes_first(admin):
    own = "node_modules/@aws-sdk/client-dynamodb/index.js"
    function = node(admin, {"index.js": BROUGHT, own: "exports.mine = 'mine'"})
    assert invoke(admin, function, {})["Payload"] == "mine"


def test_what_is_not_there_is_said(admin):
    function = node(admin, {"index.js": "require('@aws-sdk/client-braket')"})
    failed = invoke(admin, function, {})["Payload"]
    assert failed["errorType"] == "Runtime.ImportModuleError"
    assert "Cannot find module '@aws-sdk/client-braket'" in failed["errorMessage"]
    assert "put others into the function's zip" in failed["errorMessage"]
