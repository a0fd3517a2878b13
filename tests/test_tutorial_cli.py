"""The whole microservice by hand with the unmodified AWS CLI, step by step, clean-up included."""

import json
import re
import shutil
import subprocess

import pytest

from harness import functions, http, manager_cases
from harness.environment import ACCOUNT, REGION
from harness.identities import LAMBDA_TRUST, document, role_arn, unique
from harness.microservice import ITEMS, LOGS, function_arn, integration_uri
from harness.server import eventually

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"


class Tutorial:
    """The steps. Each one is a call as a person types it, and what must come back."""

    def __init__(self, aws, shared, admin, folder, language):
        self.aws, self.shared, self.admin, self.folder = aws, shared, admin, folder
        self.package = functions.manager(language)
        self.name = unique("tutorial")
        self.policy_arn = f"arn:aws:iam::{ACCOUNT}:policy/{self.name}"

    def policy(self):
        text = document(
            {"Sid": "Items", "Effect": "Allow", "Action": list(ITEMS), "Resource": "*"},
            {"Sid": "Logs", "Effect": "Allow", "Action": list(LOGS), "Resource": "*"},
        )
        (self.folder / "policy.json").write_text(text)
        made = self.aws(
            "iam", "create-policy", "--policy-name", self.name, "--policy-document", "file://policy.json"
        )["Policy"]
        assert re.fullmatch(r"ANPA[A-Z0-9]{17}", made.pop("PolicyId"))
        assert re.match(TIME, made.pop("CreateDate")) and re.match(TIME, made.pop("UpdateDate"))
        assert made == {
            "Arn": self.policy_arn,
            "AttachmentCount": 0,
            "DefaultVersionId": "v1",
            "IsAttachable": True,
            "Path": "/",
            "PermissionsBoundaryUsageCount": 0,
            "PolicyName": self.name,
        }

    def role(self):
        (self.folder / "trust.json").write_text(LAMBDA_TRUST)
        made = self.aws(
            "iam",
            "create-role",
            "--role-name",
            self.name,
            "--assume-role-policy-document",
            "file://trust.json",
        )["Role"]
        assert re.fullmatch(r"AROA[A-Z0-9]{17}", made.pop("RoleId"))
        assert re.match(TIME, made.pop("CreateDate"))
        assert made == {
            "Arn": role_arn(self.name),
            "AssumeRolePolicyDocument": json.loads(LAMBDA_TRUST),
            "Path": "/",
            "RoleName": self.name,
        }

    def attach(self):
        at = ("--role-name", self.name)
        assert self.aws("iam", "attach-role-policy", *at, "--policy-arn", self.policy_arn) is None
        attached = self.aws("iam", "list-attached-role-policies", *at)
        assert attached == {"AttachedPolicies": [{"PolicyArn": self.policy_arn, "PolicyName": self.name}]}

    def function(self):
        code = self.package["Code"]["ZipFile"]
        (self.folder / "function.zip").write_bytes(code)
        made = self.aws(
            "lambda", "create-function", "--function-name", self.name, "--zip-file", "fileb://function.zip",
            "--handler", self.package["Handler"], "--runtime", self.package["Runtime"],
            "--role", role_arn(self.name), "--timeout", "30",
        )  # fmt: skip
        assert re.fullmatch(UUID, made.pop("RevisionId"))
        assert re.match(TIME, made.pop("LastModified"))
        assert re.fullmatch(r"[A-Za-z0-9+/]{43}=", made.pop("CodeSha256"))
        runtime = made.pop("RuntimeVersionConfig")["RuntimeVersionArn"]
        assert runtime.startswith(f"arn:aws:lambda:{REGION}::runtime:")
        assert made == {
            "Architectures": ["x86_64"],
            "CodeSize": len(code),
            "Description": "",
            "EphemeralStorage": {"Size": 512},
            "FunctionArn": function_arn(self.name),
            "FunctionName": self.name,
            "Handler": self.package["Handler"],
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.name}"},
            "MemorySize": 128,
            "PackageType": "Zip",
            "Role": role_arn(self.name),
            "Runtime": self.package["Runtime"],
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            "State": "Pending",
            "StateReason": "The function is being created.",
            "StateReasonCode": "Creating",
            "Timeout": 30,
            "TracingConfig": {"Mode": "PassThrough"},
            "Version": "$LATEST",
        }
        self.aws("lambda", "wait", "function-active-v2", "--function-name", self.name)

    def invoke(self):
        """The test event of the tutorial: it needs no table."""
        event = json.dumps(
            {"operation": "echo", "payload": {"somekey1": "somevalue1", "somekey2": "somevalue2"}}
        )
        answer = self.aws("lambda", "invoke", "--function-name", self.name, "--payload", event, "answer.json")
        assert answer == {"StatusCode": 200, "ExecutedVersion": "$LATEST"}
        payload = json.loads((self.folder / "answer.json").read_text())
        assert payload == {"somekey1": "somevalue1", "somekey2": "somevalue2"}

    def table(self):
        made = self.aws(
            "dynamodb", "create-table", "--table-name", self.name,
            "--attribute-definitions", "AttributeName=id,AttributeType=S",
            "--key-schema", "AttributeName=id,KeyType=HASH",
            "--provisioned-throughput", "ReadCapacityUnits=5,WriteCapacityUnits=5",
        )["TableDescription"]  # fmt: skip
        assert isinstance(made.pop("CreationDateTime"), (int, float))
        assert re.fullmatch(UUID, made.pop("TableId"))
        assert made == {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "DeletionProtectionEnabled": False,
            "ItemCount": 0,
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "ProvisionedThroughput": {
                "NumberOfDecreasesToday": 0,
                "ReadCapacityUnits": 5,
                "WriteCapacityUnits": 5,
            },
            "TableArn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{self.name}",
            "TableName": self.name,
            "TableSizeBytes": 0,
            "TableStatus": "CREATING",
        }
        self.aws("dynamodb", "wait", "table-exists", "--table-name", self.name)

    def api(self):
        made = self.aws("apigateway", "create-rest-api", "--name", self.name)
        self.api_id, self.root = made.pop("id"), made.pop("rootResourceId")
        assert re.fullmatch(r"[a-z0-9]{10}", self.api_id) and re.fullmatch(r"[a-z0-9]{10}", self.root)
        assert isinstance(made.pop("createdDate"), (int, float))
        assert made == {
            "apiKeySource": "HEADER",
            "disableExecuteApiEndpoint": False,
            "endpointConfiguration": {"ipAddressType": "ipv4", "types": ["EDGE"]},
            "name": self.name,
        }
        items = self.aws("apigateway", "get-resources", "--rest-api-id", self.api_id)["items"]
        assert items == [{"id": self.root, "path": "/"}]

    def resource(self):
        made = self.aws(
            "apigateway", "create-resource", "--rest-api-id", self.api_id,
            "--parent-id", self.root, "--path-part", "DynamoDBManager",
        )  # fmt: skip
        self.resource_id = made["id"]
        self.at = ("--rest-api-id", self.api_id, "--resource-id", self.resource_id, "--http-method", "POST")
        assert made == {
            "id": self.resource_id,
            "parentId": self.root,
            "path": "/DynamoDBManager",
            "pathPart": "DynamoDBManager",
        }

    def method(self):
        made = self.aws("apigateway", "put-method", *self.at, "--authorization-type", "NONE")
        assert made == {"apiKeyRequired": False, "authorizationType": "NONE", "httpMethod": "POST"}

    def integration(self):
        uri = integration_uri(function_arn(self.name))
        made = self.aws(
            "apigateway", "put-integration", *self.at,
            "--type", "AWS", "--integration-http-method", "POST", "--uri", uri,
        )  # fmt: skip
        assert made == {
            "cacheKeyParameters": [],
            "cacheNamespace": self.resource_id,
            "httpMethod": "POST",
            "passthroughBehavior": "WHEN_NO_MATCH",
            "timeoutInMillis": 29000,
            "type": "AWS",
            "uri": uri,
        }

    def method_response(self):
        made = self.aws(
            "apigateway", "put-method-response", *self.at,
            "--status-code", "200", "--response-models", '{"application/json": "Empty"}',
        )  # fmt: skip
        assert made == {"responseModels": {"application/json": "Empty"}, "statusCode": "200"}

    def integration_response(self):
        made = self.aws(
            "apigateway", "put-integration-response", *self.at,
            "--status-code", "200", "--response-templates", '{"application/json": ""}',
        )  # fmt: skip
        assert made == {"responseTemplates": {"application/json": None}, "statusCode": "200"}

    def deployment(self):
        made = self.aws(
            "apigateway", "create-deployment", "--rest-api-id", self.api_id, "--stage-name", "test"
        )
        assert set(made) == {"id", "createdDate"}
        stages = self.aws("apigateway", "get-stages", "--rest-api-id", self.api_id)["item"]
        assert [(stage["stageName"], stage["deploymentId"]) for stage in stages] == [("test", made["id"])]

    def permission(self):
        source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.api_id}/*/POST/DynamoDBManager"
        made = self.aws(
            "lambda", "add-permission", "--function-name", self.name, "--statement-id", "gateway",
            "--action", "lambda:InvokeFunction", "--principal", "apigateway.amazonaws.com", "--source-arn", source,
        )  # fmt: skip
        statement = {
            "Sid": "gateway",
            "Effect": "Allow",
            "Principal": {"Service": "apigateway.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": function_arn(self.name),
            "Condition": {"ArnLike": {"AWS:SourceArn": source}},
        }
        assert json.loads(made["Statement"]) == statement
        policy = json.loads(self.aws("lambda", "get-policy", "--function-name", self.name)["Policy"])
        assert policy == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}

    def test_invoke(self):
        request = {
            "operation": "create",
            "tableName": self.name,
            "payload": {"Item": {"id": "test-invoke", "number": 1}},
        }
        answer = self.aws(
            "apigateway", "test-invoke-method", *self.at,
            "--path-with-query-string", "", "--body", json.dumps(request),
        )  # fmt: skip
        assert set(answer) == {"status", "body", "headers", "multiValueHeaders", "log", "latency"}
        assert answer["status"] == 200 and answer["headers"]["Content-Type"] == "application/json"
        lines = [
            re.sub(r"^\w{3} \w{3} \d\d [\d:]{8} UTC \d{4} : ", "", line) for line in answer["log"].split("\n")
        ]
        assert re.fullmatch(f"Execution log for request {UUID}", lines[0])
        request_id = lines[0].rsplit(" ", 1)[1]
        expected = [
            f"Starting execution for request: {request_id}",
            "HTTP Method: POST, Resource Path: /DynamoDBManager",
            "Method request path: {}",
            "Method request query string: {}",
            "Method request headers: {}",
            f"Method request body before transformations: {json.dumps(request)}",
            "Successfully completed execution",
            "Method completed with status: 200",
        ]
        assert [line for line in lines if line in expected] == expected, answer["log"]
        item = self.aws(
            "dynamodb", "get-item", "--table-name", self.name, "--key", '{"id": {"S": "test-invoke"}}'
        )
        assert item == {"Item": {"id": {"S": "test-invoke"}, "number": {"N": "1"}}}
        self.aws(
            "dynamodb", "delete-item", "--table-name", self.name, "--key", '{"id": {"S": "test-invoke"}}'
        )

    def posts(self):
        """Every operation through the host name form of the invoke URL; with curl where there is one."""
        host = f"{self.api_id}.execute-api.localhost:{self.shared.port}"
        curl = [
            "curl",
            "-sS",
            "--resolve",
            f"{host}:127.0.0.1",
            f"http://{host}/test/DynamoDBManager",
            "-X",
            "POST",
        ]

        def call(request):
            if shutil.which("curl") is None:
                answer = http.post(self.shared.port, "/test/DynamoDBManager", request, host)
                assert answer.status == 200, answer.text
                return answer.json
            done = subprocess.run(
                [*curl, "-d", json.dumps(request), "-w", "\n%{http_code}"],
                capture_output=True,
                text=True,
                timeout=60,
            )
            body, status = done.stdout.rsplit("\n", 1)
            assert status == "200", done.stdout + done.stderr
            return json.loads(body)

        manager_cases.run(call, self.name, self.admin.dynamodb)

    def logs(self):
        group = f"/aws/lambda/{self.name}"

        def reported():
            events = self.aws("logs", "filter-log-events", "--log-group-name", group)["events"]
            messages = [event["message"] for event in events]
            return messages if sum(m.startswith("REPORT ") for m in messages) >= 2 else None

        messages = eventually(reported, "REPORT lines of two invocations")
        report = (
            rf"REPORT RequestId: {UUID}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\t"
            r"Memory Size: 128 MB\tMax Memory Used: \d+ MB\t"
        )
        starts = [m for m in messages if re.fullmatch(rf"START RequestId: {UUID} Version: \$LATEST\n", m)]
        ends = [m for m in messages if re.fullmatch(rf"END RequestId: {UUID}\n", m)]
        reports = [m for m in messages if re.match(report, m)]
        assert len(starts) == len(ends) == len(reports) >= 2, messages
        streams = self.aws("logs", "describe-log-streams", "--log-group-name", group)["logStreams"]
        assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", streams[0]["logStreamName"])

    def clean_up(self):
        aws, name = self.aws, self.name
        assert (
            aws("lambda", "remove-permission", "--function-name", name, "--statement-id", "gateway") is None
        )
        error = aws.refused("lambda", "get-policy", "--function-name", name)
        assert error.endswith(
            "when calling the GetPolicy operation: The resource you requested does not exist."
        )
        assert aws("apigateway", "delete-stage", "--rest-api-id", self.api_id, "--stage-name", "test") is None
        assert (
            aws(
                "apigateway",
                "delete-resource",
                "--rest-api-id",
                self.api_id,
                "--resource-id",
                self.resource_id,
            )
            is None
        )
        assert aws("apigateway", "delete-rest-api", "--rest-api-id", self.api_id) is None
        error = aws.refused("apigateway", "get-rest-api", "--rest-api-id", self.api_id)
        assert error == (
            "An error occurred (NotFoundException) when calling the GetRestApi operation: "
            f"Invalid API identifier specified {ACCOUNT}:{self.api_id}"
        )
        assert aws("lambda", "delete-function", "--function-name", name) == {"StatusCode": 204}
        error = aws.refused("lambda", "get-function", "--function-name", name)
        assert error == (
            "An error occurred (ResourceNotFoundException) when calling the GetFunction operation: "
            f"Function not found: {function_arn(name)}"
        )
        deleted = aws("dynamodb", "delete-table", "--table-name", name)["TableDescription"]
        assert deleted["TableStatus"] == "DELETING"
        aws("dynamodb", "wait", "table-not-exists", "--table-name", name)
        error = aws.refused("iam", "delete-role", "--role-name", name)
        assert error == (
            "An error occurred (DeleteConflict) when calling the DeleteRole operation: "
            "Cannot delete entity, must detach all policies first."
        )
        assert aws("iam", "detach-role-policy", "--role-name", name, "--policy-arn", self.policy_arn) is None
        assert aws("iam", "delete-role", "--role-name", name) is None
        assert aws("iam", "delete-policy", "--policy-arn", self.policy_arn) is None
        error = aws.refused("iam", "get-role", "--role-name", name)
        assert error == (
            "An error occurred (NoSuchEntity) when calling the GetRole operation: "
            f"The role with name {name} cannot be found."
        )
        assert aws("logs", "delete-log-group", "--log-group-name", f"/aws/lambda/{name}") is None
        groups = aws("logs", "describe-log-groups", "--log-group-name-prefix", f"/aws/lambda/{name}")
        assert groups == {"logGroups": []}
        gone = http.post(self.shared.port, f"/restapis/{self.api_id}/test/_user_request_/DynamoDBManager", {})
        assert (gone.status, gone.json) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize("language", ["python", "rust"])
def test_by_hand(aws, shared, admin, tmp_path, language):
    tutorial = Tutorial(aws, shared, admin, tmp_path, language)
    tutorial.policy()
    tutorial.role()
    tutorial.attach()
    tutorial.function()
    tutorial.invoke()
    tutorial.table()
    tutorial.api()
    tutorial.resource()
    tutorial.method()
    tutorial.integration()
    tutorial.method_response()
    tutorial.integration_response()
    tutorial.deployment()
    tutorial.permission()
    tutorial.test_invoke()
    tutorial.posts()
    tutorial.logs()
    tutorial.clean_up()


def test_by_hand_in_another_order(aws, shared, admin, tmp_path):
    """The API before the function it names, the table first, the policy attached last."""
    tutorial = Tutorial(aws, shared, admin, tmp_path, "rust")
    tutorial.table()
    tutorial.api()
    tutorial.resource()
    tutorial.method()
    tutorial.method_response()
    tutorial.integration()
    tutorial.integration_response()
    tutorial.role()
    tutorial.function()
    tutorial.permission()
    tutorial.deployment()
    tutorial.policy()
    tutorial.attach()
    tutorial.invoke()
    tutorial.test_invoke()
    tutorial.posts()
    tutorial.logs()
    tutorial.clean_up()
