"""WebSocket APIs: made with boto3, spoken to by a real WebSocket client, posted to by functions."""

import json
import socket
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from harness import functions, http
from harness.clients import Clients, refused, status_of
from harness.endpoint import Endpoint
from harness.environment import ACCOUNT, REGION
from harness.identities import allow, create_role, create_user, unique
from harness.microservice import create_function, function_arn, integration_uri
from harness.server import Server, eventually
from test_http_apis import inline, permit
from test_up import up  # noqa: F401  (a fixture)

KIB = 1024
SECONDS = 60

CHAT = """
import json, os
import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])

def handler(event, context):
    context = event["requestContext"]
    key = {"id": context["connectionId"]}
    if context["routeKey"] == "$connect":
        table.put_item(Item=key)
    elif context["routeKey"] == "$disconnect":
        table.delete_item(Key=key)
    else:
        gateway = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["GATEWAY"])
        for item in table.scan()["Items"]:
            gateway.post_to_connection(ConnectionId=item["id"], Data=json.loads(event["body"])["text"])
    return {"statusCode": 200}
"""

ECHO = """
import json

def handler(event, context):
    if "boom" in event.get("body", ""):
        raise ValueError("boom")
    return {"statusCode": 200, "body": json.dumps(event)}
"""

AUTHORIZER = """
def handler(event, context):
    who = event["queryStringParameters"]["who"]
    if who == "nobody":
        raise Exception("Unauthorized")
    effect = "Allow" if who == "ada" else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": who, "policyDocument": policy, "context": {"who": who}}
"""

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return {"statusCode": 200, "body": event["body"]}
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Echo, Action: lambda:InvokeFunction, Principal: apigateway.amazonaws.com}
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}
  Message:
    Type: AWS::ApiGatewayV2::Model
    Properties: {ApiId: !Ref Api, Name: Message, ContentType: application/json, Schema: {type: object}}
  Function:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Echo.Arn}/invocations
  Mock:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Api, IntegrationType: MOCK, RequestTemplates: {$default: '{"statusCode": 200}'}}
  MockResponse:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties:
      ApiId: !Ref Api
      IntegrationId: !Ref Mock
      IntegrationResponseKey: $default
      ResponseTemplates: {$default: pong}
  Say:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: say
      RouteResponseSelectionExpression: $default
      Target: !Sub integrations/${Function}
  SayResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref Say, RouteResponseKey: $default}
  Ping:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: ping
      RouteResponseSelectionExpression: $default
      RequestModels: {$default: Message}
      Target: !Sub integrations/${Mock}
  PingResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref Ping, RouteResponseKey: $default}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: dev, AutoDeploy: true}
"""

MOCK = {"IntegrationType": "MOCK", "RequestTemplates": {"$default": '{"statusCode": 200}'}}


class Api:
    """A WebSocket API under construction, with a stage `dev` that deploys itself."""

    def __init__(self, admin: Clients, port: int, selection: str = "$request.body.action"):
        self.client, self.port = admin.of("apigatewayv2"), port
        self.id = self.client.create_api(
            Name=unique("chat"), ProtocolType="WEBSOCKET", RouteSelectionExpression=selection
        )["ApiId"]
        self.client.create_stage(ApiId=self.id, StageName="dev", AutoDeploy=True)
        self.path = f"/_aws/execute-api/{self.id}/dev"

    def function(self, name: str) -> str:
        return self.integration(IntegrationType="AWS_PROXY", IntegrationUri=function_arn(name))

    def integration(self, **settings) -> str:
        return self.client.create_integration(ApiId=self.id, **settings)["IntegrationId"]

    def route(self, key: str, integration: str, **settings) -> str:
        target = f"integrations/{integration}"
        route = self.client.create_route(ApiId=self.id, RouteKey=key, Target=target, **settings)
        return route["RouteId"]

    def answering(self, key: str, integration: str):
        """A route whose answers go back to the client."""
        route = self.route(key, integration, RouteResponseSelectionExpression="$default")
        self.client.create_route_response(ApiId=self.id, RouteId=route, RouteResponseKey="$default")

    def mock(self, key: str, template: str):
        integration = self.integration(**MOCK)
        self.client.create_integration_response(
            ApiId=self.id,
            IntegrationId=integration,
            IntegrationResponseKey="$default",
            ResponseTemplates={"$default": template},
        )
        self.answering(key, integration)

    def connect(self, query: str = "", **settings):
        return connect(f"ws://127.0.0.1:{self.port}{self.path}{query}", open_timeout=SECONDS, **settings)

    def management(self, clients: Clients):
        return Clients(clients.endpoint + self.path, clients.key, clients.secret, clients.token).of(
            "apigatewaymanagementapi"
        )


def who_am_i(api: Api):
    """A route `id` that answers the connection's id."""
    api.mock("id", "$context.connectionId")


def id_of(client) -> str:
    client.send('{"action": "id"}')
    return client.recv(SECONDS)


def test_control_plane(admin, shared):
    api = Api(admin, shared.port)
    at = {"ApiId": api.id}
    shown = api.client.get_api(**at)
    assert shown["ApiEndpoint"] == f"ws://{api.id}.execute-api.{REGION}.localhost:{shared.port}"
    assert shown["RouteSelectionExpression"] == "$request.body.action"
    integration = api.integration(**MOCK)
    shown = api.client.get_integration(**at, IntegrationId=integration)
    assert (shown["TimeoutInMillis"], shown["PassthroughBehavior"]) == (29000, "WHEN_NO_MATCH")
    of_integration = {**at, "IntegrationId": integration}
    response = api.client.create_integration_response(**of_integration, IntegrationResponseKey="/5\\d\\d/")
    assert status_of(response) == 201
    named = {**of_integration, "IntegrationResponseId": response["IntegrationResponseId"]}
    api.client.update_integration_response(**named, ResponseTemplates={"a": "b"})
    assert api.client.get_integration_response(**named)["ResponseTemplates"] == {"a": "b"}
    with refused("ConflictException", 409):
        api.client.create_integration_response(**of_integration, IntegrationResponseKey="/5\\d\\d/")
    with refused("BadRequestException", 400):
        api.client.create_integration_response(**of_integration, IntegrationResponseKey="5xx")
    route = {**at, "RouteId": api.route("join", integration, OperationName="join")}
    made = api.client.create_route_response(**route, RouteResponseKey="$default")
    (listed,) = api.client.get_route_responses(**route)["Items"]
    assert listed["RouteResponseId"] == made["RouteResponseId"]
    api.client.delete_route_response(**route, RouteResponseId=made["RouteResponseId"])
    assert api.client.get_route_responses(**route)["Items"] == []
    with refused("NotFoundException", 404):
        api.client.get_route_response(**route, RouteResponseId=made["RouteResponseId"])
    with refused("BadRequestException", 400):
        api.client.create_route(**at, RouteKey="x", AuthorizationType="AWS_IAM")
    with refused("BadRequestException", 400):
        api.client.create_api(Name="x", ProtocolType="WEBSOCKET")
    with refused("BadRequestException", 400):
        api.client.create_api(Name="x", ProtocolType="WEBSOCKET", RouteSelectionExpression="$nothing")


def test_routes_of_messages(admin, shared):
    api = Api(admin, shared.port, "${request.body.service}/${request.body.action}")
    api.mock("pets/list", "$context.routeKey")
    with api.connect() as client:
        client.send('{"service": "pets", "action": "list"}')
        assert client.recv(SECONDS) == "pets/list"
        for unrouted in ["hello", "[]", '{"service": "pets"}', '{"service": "pets", "action": "x"}']:
            client.send(unrouted)
            refusal = json.loads(client.recv(SECONDS))
            assert refusal["message"] == "Forbidden"
            assert set(refusal) == {"message", "connectionId", "requestId"}
    api.mock("$default", "default")
    with api.connect() as client:
        client.send("hello")
        assert client.recv(SECONDS) == "default"


def test_events(admin, shared):
    function = inline(admin, ECHO)
    api = Api(admin, shared.port)
    permit(admin, function, f"{api.id}/*")
    api.answering("$default", api.function(function))
    with api.connect() as client:
        client.send("hello")
        event = json.loads(client.recv(SECONDS))
        context = event["requestContext"]
        assert (event["body"], event["isBase64Encoded"]) == ("hello", False)
        assert (context["routeKey"], context["eventType"]) == ("$default", "MESSAGE")
        assert (context["apiId"], context["stage"], context["messageDirection"]) == (api.id, "dev", "IN")
        assert context["identity"]["sourceIp"] == "127.0.0.1"
        assert context["domainName"].startswith(f"{api.id}.execute-api.")
        assert context["requestId"] == context["extendedRequestId"]
        assert "headers" not in event
        client.send("boom")
        assert json.loads(client.recv(SECONDS))["message"] == "Internal server error"


def test_chat(admin, shared):
    api = Api(admin, shared.port)
    table = admin.dynamodb.create_table(
        TableName=unique("connections"),
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]
    may = allow("dynamodb:*", on=table["TableArn"])
    connections = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/dev/POST/@connections/*"
    post = allow("execute-api:ManageConnections", on=connections)
    package = {
        "Runtime": functions.PYTHON,
        "Handler": "index.handler",
        "Code": {"ZipFile": functions.zip_of({"index.py": CHAT.encode()})},
        "Environment": {"Variables": {"TABLE": table["TableName"], "GATEWAY": shared.endpoint + api.path}},
        "Timeout": 30,
    }
    function = create_function(admin, package, create_role(admin, may, post))
    permit(admin, function, f"{api.id}/*")
    integration = api.function(function)
    for key in ["$connect", "$disconnect", "say"]:
        api.route(key, integration)
    stored = lambda: admin.dynamodb.scan(TableName=table["TableName"])["Count"]  # noqa: E731
    with api.connect() as ada, api.connect() as bob:
        assert stored() == 2
        ada.send(json.dumps({"action": "say", "text": "hello, all"}))
        assert [client.recv(SECONDS) for client in (ada, bob)] == ["hello, all"] * 2
    eventually(lambda: stored() == 0, "$disconnect has run for both")


def test_authorizers(admin, shared):
    function = inline(admin, AUTHORIZER)
    api = Api(admin, shared.port)
    permit(admin, function, f"{api.id}/*")
    authorizer = api.client.create_authorizer(
        ApiId=api.id,
        Name="who",
        AuthorizerType="REQUEST",
        AuthorizerUri=integration_uri(function_arn(function)),
        IdentitySource=["route.request.querystring.who"],
    )["AuthorizerId"]
    route = {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizer}
    api.route("$connect", api.integration(**MOCK), **route)
    api.mock("who", "$context.authorizer.who")
    with api.connect("?who=ada") as client:
        client.send('{"action": "who"}')
        assert client.recv(SECONDS) == "ada"
    for query, status in [("", 401), ("?who=bob", 403), ("?who=nobody", 401)]:
        with pytest.raises(InvalidStatus) as refusal:
            api.connect(query)
        assert refusal.value.response.status_code == status, query


def test_api_keys(admin, shared):
    api = Api(admin, shared.port)
    api.route("$connect", api.integration(**MOCK), ApiKeyRequired=True)
    who_am_i(api)
    gateway = admin.of("apigateway")
    key = gateway.create_api_key(name=unique("key"), enabled=True)
    with refused("NotFoundException", 404):
        gateway.create_usage_plan(name=unique("plan"), apiStages=[{"apiId": api.id, "stage": "none"}])
    plan = gateway.create_usage_plan(
        name=unique("plan"),
        apiStages=[{"apiId": api.id, "stage": "dev"}],
        quota={"limit": 1, "period": "MONTH"},
    )
    gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    header = {"x-api-key": key["value"]}
    for headers, status in [({}, 403), ({"x-api-key": "x" * 30}, 403), (header, None), (header, 429)]:
        if status is None:
            with api.connect(additional_headers=headers) as client:
                assert id_of(client)
            continue
        with pytest.raises(InvalidStatus) as refusal:
            api.connect(additional_headers=headers)
        assert refusal.value.response.status_code == status, headers


def test_api_keys_of_authorizers(admin, shared):
    gateway = admin.of("apigateway")
    key = gateway.create_api_key(name=unique("key"), enabled=True)
    function = inline(admin, AUTHORIZER.replace('"context":', f'"usageIdentifierKey": {key["value"]!r}, "context":'))
    api = Api(admin, shared.port)
    api.client.update_api(ApiId=api.id, ApiKeySelectionExpression="$context.authorizer.usageIdentifierKey")
    permit(admin, function, f"{api.id}/*")
    authorizer = api.client.create_authorizer(
        ApiId=api.id,
        Name="who",
        AuthorizerType="REQUEST",
        AuthorizerUri=integration_uri(function_arn(function)),
        IdentitySource=["route.request.querystring.who"],
    )["AuthorizerId"]
    route = {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizer, "ApiKeyRequired": True}
    api.route("$connect", api.integration(**MOCK), **route)
    with pytest.raises(InvalidStatus) as refusal:
        api.connect("?who=ada")
    assert refusal.value.response.status_code == 403, "no plan has the key"
    plan = gateway.create_usage_plan(name=unique("plan"), apiStages=[{"apiId": api.id, "stage": "dev"}])
    gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    with api.connect("?who=ada"):
        pass


def test_mappings(admin, shared):
    api = Api(admin, shared.port)
    with Endpoint() as endpoint:
        integration = api.integration(
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="POST",
            IntegrationUri=endpoint.url + "/show",
            RequestParameters={
                "integration.request.header.X-Connection": "context.connectionId",
                "integration.request.header.X-Fixed": "'fixed'",
                "integration.request.querystring.who": "route.request.body.from.name",
            },
        )
        api.answering("show", integration)
        who_am_i(api)
        with api.connect() as client:
            connection = id_of(client)
            client.send('{"action": "show", "from": {"name": "ada"}}')
            shown = json.loads(client.recv(SECONDS))
    assert shown["query"] == {"who": ["ada"]}
    assert (shown["headers"]["x-connection"], shown["headers"]["x-fixed"]) == (connection, "fixed")
    assert json.loads(shown["body"])["action"] == "show"


def test_templates(up, tmp_path):  # noqa: F811
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)
    service = up(template)
    with connect(service.url, open_timeout=SECONDS) as client:
        said = '{"action": "say", "text": "hello"}'
        client.send(said)
        assert client.recv(SECONDS) == said
        client.send('{"action": "ping"}')
        assert client.recv(SECONDS) == "pong"


def test_iam_on_connect(admin, shared):
    api = Api(admin, shared.port)
    api.route("$connect", api.integration(**MOCK), AuthorizationType="AWS_IAM")
    with pytest.raises(InvalidStatus) as refusal:
        api.connect()
    assert refusal.value.response.status_code == 403


def test_management(admin, shared):
    api = Api(admin, shared.port)
    who_am_i(api)
    management = api.management(admin)
    with api.connect() as client:
        connection = id_of(client)
        assert status_of(management.post_to_connection(ConnectionId=connection, Data=b"posted")) == 200
        assert client.recv(SECONDS) == "posted"
        large = b"x" * 128 * KIB
        management.post_to_connection(ConnectionId=connection, Data=large)
        assert client.recv(SECONDS) == large.decode()
        with refused("PayloadTooLargeException", 413):
            management.post_to_connection(ConnectionId=connection, Data=large + b"x")
        shown = management.get_connection(ConnectionId=connection)
        assert shown["Identity"]["SourceIp"] == "127.0.0.1"
        assert shown["ConnectedAt"] <= shown["LastActiveAt"]
        assert status_of(management.delete_connection(ConnectionId=connection)) == 204
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(SECONDS)
        assert closed.value.rcvd.code == 1000
    gone = eventually(lambda: is_gone(management, connection), "the connection is gone")
    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 410
    for call in (management.get_connection, management.delete_connection):
        with refused("GoneException", 410):
            call(ConnectionId=connection)


def is_gone(management, connection: str):
    try:
        management.post_to_connection(ConnectionId=connection, Data=b"x")
    except ClientError as error:
        return error.response if error.response["Error"]["Code"] == "GoneException" else None
    return None


def test_who_may_manage(admin, shared):
    api = Api(admin, shared.port)
    who_am_i(api)
    resource = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/dev/GET/*"
    reader = api.management(create_user(admin, allow("execute-api:ManageConnections", on=resource)))
    with api.connect() as client:
        connection = id_of(client)
        reader.get_connection(ConnectionId=connection)
        with pytest.raises(ClientError) as denied:
            reader.post_to_connection(ConnectionId=connection, Data=b"x")
        assert denied.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        assert "execute-api:ManageConnections" in denied.value.response["Error"]["Message"]
        unsigned = http.request(shared.port, "POST", f"{api.path}/@connections/{quote(connection)}", "x")
        assert unsigned.status == 403


def test_limits_of_messages(admin, shared):
    api = Api(admin, shared.port)
    api.mock("$default", "ok")
    with api.connect() as client:
        client.send(["x" * 32 * KIB] * 4)
        assert client.recv(SECONDS) == "ok"
    for too_large in ["x" * (32 * KIB + 1), ["x" * 32 * KIB] * 4 + ["x"]]:
        with api.connect() as client:
            with pytest.raises(ConnectionClosed) as closed:
                client.send(too_large)
                client.recv(SECONDS)
            assert closed.value.rcvd.code == 1009


def test_pings_and_ends(admin, shared):
    api = Api(admin, shared.port)
    api.mock("$default", "ok")
    with api.connect() as client:
        assert client.ping().wait(SECONDS)
        client.send("x")
        assert client.recv(SECONDS) == "ok"
    assert client.close_code == 1000
    with pytest.raises(InvalidStatus) as refusal:
        connect(f"ws://127.0.0.1:{shared.port}/_aws/execute-api/{api.id}/nowhere")
    assert refusal.value.response.status_code == 403
    assert http.request(shared.port, "GET", api.path).status == 403


def test_clients_that_read_nothing(admin, shared):
    """What waits for such a client is bounded: more is refused, and others are served."""
    api = Api(admin, shared.port)
    who_am_i(api)
    management = api.management(admin)
    with api.connect() as client, api.connect(max_queue=1) as other:
        connection = id_of(client)
        raw: socket.socket = client.socket
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * KIB)
        client.recv_messages.pause()
        data = b"x" * 128 * KIB
        with pytest.raises(ClientError) as limited:
            for _ in range(2000):
                management.post_to_connection(ConnectionId=connection, Data=data)
        assert limited.value.response["Error"]["Code"] == "LimitExceededException"
        assert id_of(other)
        client.recv_messages.resume()


def test_hostile_bytes(admin, shared):
    api = Api(admin, shared.port)
    for hostile in [b"\x81\x05hello", b"\xff" * 64, b"\x83\x80\0\0\0\0", b"\x81\xff" + b"\xff" * 12]:
        with socket.create_connection(("127.0.0.1", shared.port), timeout=SECONDS) as raw:
            raw.sendall(
                f"GET {api.path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
            )
            assert raw.recv(4096).startswith(b"HTTP/1.1 101")
            raw.sendall(hostile)
            while raw.recv(4096):
                pass
    assert shared.health()


def test_shutdown_and_restart(tmp_path):
    server = Server(tmp_path / "data").start()
    admin = Clients(server.endpoint)
    api = Api(admin, server.port)
    who_am_i(api)
    with api.connect() as client:
        connection = id_of(client)
        assert server.stop() == 0, server.process.output
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(SECONDS)
        assert closed.value.rcvd.code == 1001
    server.start()
    try:
        with refused("GoneException", 410):
            api.management(admin).get_connection(ConnectionId=connection)
        with api.connect() as client:
            assert id_of(client) != connection
    finally:
        server.stop()
