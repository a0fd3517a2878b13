"""What was acknowledged is there again, whatever ended the process."""

import json
import random
import threading
import time

import botocore.exceptions
import pytest

from harness import functions
from harness.clients import Clients
from harness.identities import LAMBDA_TRUST, allow, create_role, document, role_arn, unique
from harness.microservice import Microservice, RestApi, create_function, create_table, function_arn, value_of
from harness.server import eventually, processes_with
from harness.state import everything

ENGINES = ["fjall", "sqlite"]
ROUNDS = 8
WRITERS = 6


def a_full_account(admin: Clients) -> Microservice:
    """Something of every service, with details."""
    service = Microservice(admin, "rust")
    admin.dynamodb.put_item(
        TableName=service.table, Item={"id": {"S": "1"}, "n": {"N": "12345678901234567890123456789012345678"}}
    )
    admin.dynamodb.tag_resource(
        ResourceArn=admin.dynamodb.describe_table(TableName=service.table)["Table"]["TableArn"],
        Tags=[{"Key": "a", "Value": "b"}],
    )
    admin.lambda_.publish_version(FunctionName=service.function)
    admin.lambda_.put_function_concurrency(FunctionName=service.function, ReservedConcurrentExecutions=3)
    user, group = unique("user"), unique("group")
    admin.iam.create_user(UserName=user, Path="/team/", Tags=[{"Key": "a", "Value": "b"}])
    admin.iam.create_access_key(UserName=user)
    admin.iam.create_group(GroupName=group)
    admin.iam.add_user_to_group(GroupName=group, UserName=user)
    admin.iam.put_group_policy(GroupName=group, PolicyName="p", PolicyDocument=document(allow("logs:*")))
    policy = admin.iam.create_policy(PolicyName=unique("policy"), PolicyDocument=document(allow("*")))[
        "Policy"
    ]["Arn"]
    admin.iam.create_policy_version(
        PolicyArn=policy, PolicyDocument=document(allow("s3:*")), SetAsDefault=True
    )
    admin.iam.attach_user_policy(UserName=user, PolicyArn=policy)
    logs = unique("logs")
    admin.logs.create_log_group(logGroupName=logs, tags={"a": "b"})
    admin.logs.put_retention_policy(logGroupName=logs, retentionInDays=30)
    admin.logs.create_log_stream(logGroupName=logs, logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": "kept"}
    admin.logs.put_log_events(logGroupName=logs, logStreamName="s", logEvents=[event])
    return service


def reports(admin: Clients, service: Microservice) -> int:
    """How many invocations are in the log. Their lines come after the answers."""
    group = f"/aws/lambda/{service.function}"
    try:
        return len(admin.logs.filter_log_events(logGroupName=group, filterPattern="REPORT")["events"])
    except admin.logs.exceptions.ResourceNotFoundException:
        return 0


@pytest.mark.parametrize("engine", ENGINES)
def test_restart_and_kill_keep_everything(serve, engine):
    server = serve("--engine", engine)
    admin = Clients(server.endpoint)
    service = a_full_account(admin)
    for round_, end in enumerate((server.stop, server.kill, server.kill)):
        read = {"operation": "read", "tableName": service.table, "payload": {"Key": {"id": "1"}}}
        answer = service.api.post(server.port, read)
        assert (answer.status, answer.json["Item"]["id"]) == (200, "1"), answer.text
        eventually(lambda: reports(admin, service) == round_ + 1, "the invocation's REPORT line")
        before = everything(admin)
        assert all(before.values())
        end()
        server.start()
        assert everything(admin) == before


class Writer(threading.Thread):
    """Makes changes of every service until the server goes away; remembers the acknowledged ones."""

    def __init__(self, endpoint: str, world: dict, number: int, seed: int):
        super().__init__(daemon=True)
        self.clients, self.world, self.number = Clients(endpoint), world, number
        self.random = random.Random(seed)
        self.acknowledged = []
        self.failure = None

    def run(self):
        changes = [
            self.item,
            self.item,
            self.counter,
            self.table,
            self.user,
            self.role,
            self.events,
            self.api,
            self.function,
        ]
        try:
            while True:
                self.acknowledged.append(self.random.choice(changes)(unique(f"w{self.number}")))
        except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError):
            pass  # killed
        except Exception as failure:  # the test reports whatever it was
            self.failure = failure

    def item(self, name):
        text = "x" * self.random.randrange(2000)
        self.clients.dynamodb.put_item(
            TableName=self.world["table"], Item={"id": {"S": name}, "v": {"S": text}}
        )
        return ("item", name, text)

    def counter(self, name):
        self.clients.dynamodb.update_item(
            TableName=self.world["table"],
            Key={"id": {"S": f"counter-{self.number}"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        return ("counter", self.number, 1)

    def table(self, name):
        made = self.clients.dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        return ("table", name, made["TableDescription"]["TableId"])

    def user(self, name):
        self.clients.iam.create_user(UserName=name)
        self.acknowledged.append(("user", name, None))
        on = f"arn:aws:s3:::{name}"
        self.clients.iam.put_user_policy(
            UserName=name, PolicyName="p", PolicyDocument=document(allow("*", on=on))
        )
        return ("user policy", name, on)

    def role(self, name):
        made = self.clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=LAMBDA_TRUST)
        return ("role", name, made["Role"]["RoleId"])

    def events(self, name):
        event = {"timestamp": int(time.time() * 1000), "message": name}
        self.clients.logs.put_log_events(
            logGroupName=self.world["logs"], logStreamName="s", logEvents=[event]
        )
        return ("event", name, None)

    def api(self, name):
        made = self.clients.apigateway.create_rest_api(name=name)
        self.acknowledged.append(("api", made["id"], name))
        resource = self.clients.apigateway.create_resource(
            restApiId=made["id"], parentId=made["rootResourceId"], pathPart=name
        )
        return ("resource", (made["id"], resource["id"]), f"/{name}")

    def function(self, name):
        made = self.clients.lambda_.create_function(
            FunctionName=name, Role=self.world["role"], **self.world["package"]
        )
        self.acknowledged.append(("function", name, made["CodeSha256"]))
        self.clients.lambda_.add_permission(
            FunctionName=name,
            StatementId="s",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
        return ("permission", name, function_arn(name))


def enough_changes(writers: list[Writer], enough: int) -> bool:
    assert not [writer.failure for writer in writers if writer.failure]
    return sum(len(writer.acknowledged) for writer in writers) >= enough


def check(clients: Clients, world: dict, kind: str, name, value):
    """One acknowledged change, read back."""
    if kind == "item":
        stored = clients.dynamodb.get_item(
            TableName=world["table"], Key={"id": {"S": name}}, ConsistentRead=True
        )
        assert stored["Item"]["v"] == {"S": value}
    elif kind == "table":
        assert clients.dynamodb.describe_table(TableName=name)["Table"]["TableId"] == value
    elif kind == "user":
        clients.iam.get_user(UserName=name)
    elif kind == "user policy":
        policy = clients.iam.get_user_policy(UserName=name, PolicyName="p")["PolicyDocument"]
        assert policy["Statement"][0]["Resource"] == value
    elif kind == "role":
        assert clients.iam.get_role(RoleName=name)["Role"]["RoleId"] == value
    elif kind == "api":
        assert clients.apigateway.get_rest_api(restApiId=name)["name"] == value
    elif kind == "resource":
        assert clients.apigateway.get_resource(restApiId=name[0], resourceId=name[1])["path"] == value
    elif kind == "function":
        assert clients.lambda_.get_function(FunctionName=name)["Configuration"]["CodeSha256"] == value
    elif kind == "permission":
        policy = json.loads(clients.lambda_.get_policy(FunctionName=name)["Policy"])
        assert policy["Statement"][0]["Resource"] == value


def check_sums(clients: Clients, world: dict, acknowledged: list):
    """Counters hold at least what was acknowledged, at most one unanswered call more a round."""
    for number in range(WRITERS):
        count = sum(1 for kind, name, _ in acknowledged if (kind, name) == ("counter", number))
        key = {"id": {"S": f"counter-{number}"}}
        stored = clients.dynamodb.get_item(TableName=world["table"], Key=key, ConsistentRead=True)
        stored = int(stored.get("Item", {"n": {"N": "0"}})["n"]["N"])
        assert count <= stored <= count + ROUNDS, (number, count, stored)
    pages = clients.logs.get_paginator("filter_log_events").paginate(logGroupName=world["logs"])
    messages = {event["message"] for page in pages for event in page["events"]}
    assert {name for kind, name, _ in acknowledged if kind == "event"} <= messages


@pytest.mark.parametrize("engine", ENGINES)
def test_kill_during_writes(serve, engine):
    """Many rounds of SIGKILL in the middle of writes of every service."""
    server = serve("--engine", engine)
    admin = Clients(server.endpoint)
    world = {
        "table": create_table(admin),
        "logs": unique("logs"),
        "role": create_role(admin),
        "package": functions.probe(),
    }
    admin.logs.create_log_group(logGroupName=world["logs"])
    admin.logs.create_log_stream(logGroupName=world["logs"], logStreamName="s")
    chance = random.Random(20261122)
    acknowledged = []
    for round_ in range(ROUNDS):
        writers = [Writer(server.endpoint, world, number, 100 * round_ + number) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        enough = chance.randrange(20, 150)
        eventually(lambda: enough_changes(writers, enough), f"{enough} changes", seconds=60)
        server.kill()
        for writer in writers:
            writer.join(60)
            assert writer.failure is None, writer.failure
        fresh = [change for writer in writers for change in writer.acknowledged]
        acknowledged += fresh
        server.start()
        for change in fresh:
            check(admin, world, *change)
        check_sums(admin, world, acknowledged)
    for change in acknowledged:
        check(admin, world, *change)


def test_killed_servers_leave_no_functions(serve):
    """Neither a SIGKILL nor a SIGTERM of the server leaves a function's processes behind."""
    server = serve()
    for number, end in enumerate((server.kill, server.stop)):
        admin = Clients(server.endpoint)
        function = create_function(admin, functions.probe(), create_role(admin), Timeout=5)
        mark = f"86400.{random.randrange(10**9)}{number}"
        caller = threading.Thread(
            target=_ignore_errors, args=(value_of, admin, function, {"do": "hang", "mark": mark}), daemon=True
        )
        caller.start()
        eventually(lambda: processes_with(mark), "the function's child process")
        end()
        eventually(lambda: not processes_with(mark), "the end of the function's child process")
        caller.join(60)
        server.start()


def _ignore_errors(call, *arguments):
    try:
        call(*arguments)
    except Exception:  # the server went away under it
        pass


def test_names_are_free_again_after_a_restart(serve):
    """Deleted is deleted: what is gone stays gone, and its name can be used again."""
    server = serve()
    admin = Clients(server.endpoint)
    table = create_table(admin)
    admin.dynamodb.put_item(TableName=table, Item={"id": {"S": "old"}})
    admin.dynamodb.delete_table(TableName=table)
    role = unique("role")
    admin.iam.create_role(RoleName=role, AssumeRolePolicyDocument=LAMBDA_TRUST)
    function = create_function(admin, functions.probe(), role_arn(role))
    api = RestApi(admin, function, path="probe")
    admin.apigateway.delete_rest_api(restApiId=api.id)
    admin.lambda_.delete_function(FunctionName=function)
    admin.iam.delete_role(RoleName=role)
    server.kill()
    server.start()
    create_table(admin, table)
    assert admin.dynamodb.scan(TableName=table)["Count"] == 0
    admin.iam.create_role(RoleName=role, AssumeRolePolicyDocument=LAMBDA_TRUST)
    create_function(admin, functions.probe(), role_arn(role), FunctionName=function)
    with pytest.raises(admin.lambda_.exceptions.ResourceNotFoundException):
        admin.lambda_.get_policy(FunctionName=function)
    assert api.post(server.port, {}).status == 403


def test_in_memory_keeps_nothing(serve):
    server = serve("--in-memory")
    admin = Clients(server.endpoint)
    create_table(admin)
    server.restart()
    assert admin.dynamodb.list_tables()["TableNames"] == []
