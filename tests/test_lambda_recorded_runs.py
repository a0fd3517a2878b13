"""What functions, their URLs and mappings answer, as recordings of AWS show it."""

import json
import re
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from harness import functions
from harness.identities import allow, create_role, unique
from harness.microservice import LOGS, create_function, function_arn, invoke
from harness.server import eventually

STREAM = [
    "dynamodb:DescribeStream",
    "dynamodb:GetShardIterator",
    "dynamodb:GetRecords",
    "dynamodb:ListStreams",
]
REQUEST_ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.fixture(scope="module")
def role(admin) -> str:
    return create_role(admin, allow(*LOGS, *STREAM))


def function(admin, role, source: str, **more) -> str:
    code = {"ZipFile": functions.zip_of({"handler.py": source.encode()})}
    package = {"Runtime": functions.PYTHON, "Handler": "handler.handler", "Code": code}
    return create_function(admin, package, role, **more)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "def handler(e, c):\n    raise Exception('Handler fails')\n",
            {
                "errorMessage": "Handler fails",
                "errorType": "Exception",
                "requestId": "<uuid>",
                "stackTrace": [
                    '  File "/var/task/handler.py", line 2, in handler\n'
                    "    raise Exception('Handler fails')\n"
                ],
            },
        ),
        (
            "import sys\ndef handler(e, c):\n    sys.exit(0)\n",
            {
                "errorType": "Runtime.ExitError",
                "errorMessage": "RequestId: <uuid> Error: Runtime exited without providing a reason",
            },
        ),
        (
            "import sys\nsys.exit(0)\n",
            {
                "errorType": "Runtime.ExitError",
                "errorMessage": "RequestId: <uuid> Error: Runtime exited without providing a reason",
            },
        ),
        (
            "def handler(e, c):\n    return 'x' * 6291557\n",
            {
                "errorMessage": (
                    "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
                ),
                "errorType": "Function.ResponseSizeTooLarge",
            },
        ),
    ],
)
def test_failures(admin, role, source, expected):
    answer = admin.lambda_.invoke(FunctionName=function(admin, role, source), Payload="{}")
    payload = re.sub(REQUEST_ID, "<uuid>", answer["Payload"].read().decode())
    assert (answer["StatusCode"], answer["FunctionError"], answer["ExecutedVersion"]) == (
        200,
        "Unhandled",
        "$LATEST",
    )
    assert json.loads(payload) == expected


def test_an_import_that_raises(admin, role):
    name = function(admin, role, "raise Exception('Runtime startup fails')\n")
    answer = invoke(admin, name, {})
    assert answer["FunctionError"] == "Unhandled"
    payload = answer["Payload"]
    assert payload["stackTrace"].pop() == (
        '  File "/var/task/handler.py", line 1, in <module>\n'
        "    raise Exception('Runtime startup fails')\n"
    )
    del payload["stackTrace"]
    assert payload == {"errorMessage": "Runtime startup fails", "errorType": "Exception", "requestId": ""}


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"n\x87r\x9e\xe9\xb5\xd7I\xee\x9bmt", "Invalid UTF-8 start byte 0x87\n"),
        (
            b"\x99\xeb,j\x07\xa1zYh",
            "Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, "
            "Array, Object or token 'null', 'true' or 'false')\n",
        ),
    ],
)
def test_payloads_that_are_no_text(admin, role, payload, message):
    name = function(admin, role, "def handler(e, c):\n    return e\n")
    with pytest.raises(ClientError) as caught:
        admin.lambda_.invoke(FunctionName=name, Payload=payload)
    error = caught.value.response
    begin = "Could not parse request body into json: Could not parse payload into json: "
    assert error["Error"]["Code"] == "InvalidRequestContentException"
    assert error["Error"]["Message"].startswith(begin + message)
    assert error["Type"] == "User"


@pytest.mark.parametrize(
    ("result", "content"),
    [
        ({"hello": "world"}, b'{"hello":"world"}'),
        ({"statusCode": 200, "body": "body123"}, b"body123"),
        ({"statusCode": 200, "body": '{"hello": "world"}'}, b'{"hello": "world"}'),
        (["hello", 3, True], b'["hello",3,true]'),
        ("hello", b"hello"),
        (3, b"3"),
        (3.1, b"3.1"),
        (True, b"true"),
    ],
)
def test_what_a_url_makes_of_results(shared, admin, role, result, content):
    name = function(admin, role, f"def handler(e, c):\n    return {result!r}\n")
    config = admin.lambda_.create_function_url_config(FunctionName=name, AuthType="NONE")
    admin.lambda_.add_permission(
        FunctionName=name,
        StatementId="urlPermission",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    url_id = config["FunctionUrl"].split("//")[1].split(".")[0]
    with urllib.request.urlopen(f"{shared.endpoint}/_aws/lambda-url/{url_id}/") as answer:
        assert (answer.status, answer.read()) == (200, content)
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Content-Length"] == str(len(content))


def test_event_source_mappings(admin, role):
    table = unique("table")
    created = admin.dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    stream = created["TableDescription"]["LatestStreamArn"]
    admin.dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
    name = function(admin, role, "def handler(e, c):\n    return {}\n")
    source = {"FunctionName": name, "EventSourceArn": stream, "StartingPosition": "TRIM_HORIZON"}
    mapping = admin.lambda_.create_event_source_mapping(
        **source, MaximumBatchingWindowInSeconds=1, MaximumRetryAttempts=1
    )
    assert mapping.pop("ResponseMetadata")["HTTPStatusCode"] == 202
    uuid = mapping.pop("UUID")
    assert mapping.pop("EventSourceMappingArn").endswith(f":event-source-mapping:{uuid}")
    assert mapping.pop("LastModified")
    expected = {
        "BatchSize": 100,
        "BisectBatchOnFunctionError": False,
        "DestinationConfig": {"OnFailure": {}},
        "EventSourceArn": stream,
        "FunctionArn": function_arn(name),
        "FunctionResponseTypes": [],
        "LastProcessingResult": "No records processed",
        "MaximumBatchingWindowInSeconds": 1,
        "MaximumRecordAgeInSeconds": -1,
        "MaximumRetryAttempts": 1,
        "ParallelizationFactor": 1,
        "StartingPosition": "TRIM_HORIZON",
        "State": "Creating",
        "StateTransitionReason": "User action",
        "TumblingWindowInSeconds": 0,
    }
    assert mapping == expected
    refusals = [
        (
            {},
            "ResourceConflictException",
            f'The event source arn (" {stream} ") and function (" {name} ") provided mapping already exists. '
            f"Please update or delete the existing mapping with UUID {uuid}",
        ),
        (
            {"EventSourceArn": f"{stream[:-3]}999"},
            "InvalidParameterValueException",
            f"Stream not found: {stream[:-3]}999",
        ),
        (
            {"EventSourceArn": f"{stream}/more"},
            "InvalidParameterValueException",
            f"Stream not found: {stream}/more",
        ),
        *(
            (
                {"FilterCriteria": {"Filters": [{"Pattern": pattern}]}},
                "InvalidParameterValueException",
                "Invalid filter pattern definition.",
            )
            for pattern in ("single-string", '[{"eventName": ["INSERT"=123}]')
        ),
    ]
    for change, code, message in refusals:
        with pytest.raises(ClientError) as caught:
            admin.lambda_.create_event_source_mapping(**(source | change))
        error = caught.value.response
        assert (error["Error"]["Code"], error["Error"]["Message"]) == (code, message)
        assert error["Type"] == "User"
        assert error["message"] == message
    get = lambda: admin.lambda_.get_event_source_mapping(UUID=uuid)  # noqa: E731
    eventually(lambda: get()["State"] == "Enabled", "the mapping is enabled")
    disabled = admin.lambda_.update_event_source_mapping(UUID=uuid, Enabled=False)
    assert (disabled["State"], disabled["StateTransitionReason"]) == ("Disabling", "User action")
    eventually(lambda: get()["State"] == "Disabled", "the mapping is disabled")
    assert admin.lambda_.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"
