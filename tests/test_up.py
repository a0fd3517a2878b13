"""`fogbank up` on the examples: one command from a folder to a running service, and again."""

import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from harness import functions, http, manager_cases
from harness.clients import Clients
from harness.environment import scrubbed, server_environment
from harness.microservice import value_of
from harness.server import Process
from harness.state import everything

# The first deployment of a Python function fetches boto3.
UP_SECONDS = 300


class Up:
    """`fogbank up` on a template, until it follows the logs."""

    def __init__(self, template: Path, data: Path, env: dict[str, str]):
        arguments = ["up", str(template), "--listen", "127.0.0.1:0", "--data", str(data)]
        self.process = Process(arguments, env)
        try:
            self.wait()
        except BaseException:
            self.process.kill()
            raise

    def wait(self):
        endpoint = self.process.wait_for(r"http://127\.0\.0\.1:(\d+)", UP_SECONDS)
        self.port = int(endpoint[1])
        self.process.wait_for(r"^Ready\.$", UP_SECONDS)
        self.curl = self.process.wait_for(r"(curl|WebSocket) .*", UP_SECONDS)[0]
        self.url = re.search(r"(http|ws)://[^\s'\"]+", self.curl)[0]
        self.admin = Clients(f"http://127.0.0.1:{self.port}")

    def post(self, request) -> http.Answer:
        host, path = re.match(r"http://([^/]+)(/.*)", self.url).groups()
        return http.post(self.port, path, request, host)

    def call(self, request):
        answer = self.post(request)
        assert answer.status == 200, answer.text
        return answer.json

    def interrupt(self) -> int:
        """Ctrl-C."""
        self.process.signal(signal.SIGINT)
        return self.process.exit_code()


@pytest.fixture
def up(tmp_path):
    started = []

    def start(template: Path, env: dict[str, str] | None = None) -> Up:
        started.append(Up(template, tmp_path / "data", env or server_environment()))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()


@pytest.mark.parametrize("example", ["dynamodb-manager", "dynamodb-manager-rust"])
def test_examples(up, example):
    """From nothing, the SDK of the Python runtime included: the URL works for every operation, and
    the log is followed until Ctrl-C."""
    service = up(functions.EXAMPLES / example, scrubbed())
    manager_cases.run(service.call, f"{example}-items", service.admin.dynamodb)
    service.process.wait_for("REPORT RequestId: ")
    assert service.interrupt() == 0, service.process.output


def test_the_curl_lines_can_be_pasted(up, tmp_path):
    """One for each operation; run by a shell as they stand."""
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    service = up(functions.EXAMPLES / "dynamodb-manager")
    value_of(service.admin, "dynamodb-manager", {"operation": "ping"})
    lines = [line.strip() for line in service.process.lines if line.strip().startswith("curl ")]
    operations = [re.search(r'"operation": ?"([a-z]+)"', line)[1] for line in lines]
    # The last one shows an error.
    assert set(operations) == {"create", "read", "update", "delete", "list", "echo", "ping", "x"}
    for line, operation in zip(lines, operations, strict=True):
        done = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, (line, done.stderr)
        assert ("errorMessage" in done.stdout) == (operation == "x"), (line, done.stdout)


@pytest.fixture
def project(tmp_path) -> Path:
    """A copy of the Python example that a test may edit."""
    return Path(shutil.copytree(functions.EXAMPLES / "dynamodb-manager", tmp_path / "dynamodb-manager"))


def edit(project: Path, old: str, new: str):
    template = project / "template.yaml"
    text = template.read_text()
    assert text.count(old) == 1, old
    template.write_text(text.replace(old, new))


def settled(service: Up) -> dict:
    """The account without the functions' logs, which grow by themselves."""
    return {name: found for name, found in everything(service.admin).items() if name != "logs"}


def test_a_second_up_changes_nothing(up, project):
    first = up(project)
    first.call(
        {"operation": "create", "tableName": "dynamodb-manager-items", "payload": {"Item": {"id": "1"}}}
    )
    before, url_path = settled(first), first.url.split("/", 3)[3]
    assert first.interrupt() == 0
    second = up(project)
    assert settled(second) == before
    assert second.url.split("/", 3)[3] == url_path
    assert second.call({"operation": "ping"}) == "pong"


def test_a_change_changes_only_that(up, project):
    first = up(project)
    before = settled(first)
    assert first.interrupt() == 0
    edit(project, "MemorySize: 256", "MemorySize: 512")
    second = up(project)
    after = settled(second)
    for service in ("dynamodb", "apigateway", "iam"):
        assert after[service] == before[service]
    changed = [after["lambda"]["dynamodb-manager"], before["lambda"]["dynamodb-manager"]]
    configurations = [function[0]["Configuration"] for function in changed]
    different = {key for key in configurations[0] if configurations[0][key] != configurations[1].get(key)}
    assert different == {"MemorySize", "RevisionId", "LastModified"}
    assert changed[0][1] == changed[1][1], "the resource policy"
    assert second.call({"operation": "ping"}) == "pong"
    assert second.interrupt() == 0

    source = project / "function" / "manager.py"
    source.write_text(source.read_text().replace('return "pong"', 'return "changed"'))
    third = up(project)
    assert third.call({"operation": "ping"}) == "changed"
    assert {name: found for name, found in settled(third).items() if name != "lambda"} == {
        name: found for name, found in after.items() if name != "lambda"
    }


def test_what_is_taken_out_of_the_template_goes(up, project):
    first = up(project)
    assert first.interrupt() == 0
    template = (project / "template.yaml").read_text()
    start, end = template.index("  # Without this API Gateway"), template.index("Outputs:")
    (project / "template.yaml").write_text(template[:start] + template[end:])
    second = up(project)
    answer = second.post({"operation": "ping"})
    assert (answer.status, answer.json) == (500, {"message": "Internal server error"})


# What to write instead of what, and the word that the error must have, with its line.
BROKEN = {
    "unknown resource type": (
        "AWS::DynamoDB::Table",
        "AWS::DynamoDB::Graph",
        "AWS::DynamoDB::Graph",
    ),
    "unknown intrinsic": ("!Ref ItemsTable", "!Cidr [a, 1, 2]", "Cidr"),
    "unknown reference": ("!Ref ItemsTable", "!Ref Nothing", "Nothing"),
    "unknown attribute": ("!GetAtt ManagerRole.Arn", "!GetAtt ManagerRole.Nothing", "Nothing"),
    "unknown property": ("MemorySize: 256", "MemorySise: 256", "MemorySise"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_mistakes_are_named_with_their_line(project, tmp_path, case):
    old, new, word = BROKEN[case]
    template = project / "template.yaml"
    text = template.read_text()
    assert old in text
    text = text.replace(old, new, 1)
    template.write_text(text)
    line = next(number for number, line in enumerate(text.splitlines(), 1) if word in line)
    process = Process(["up", str(project), "--listen", "127.0.0.1:0", "--data", str(tmp_path / "data")])
    assert process.exit_code(60) not in (0, 101), process.output
    assert word in process.output and re.search(rf"\b{line}\b", process.output), process.output


def test_no_template(tmp_path):
    process = Process(["up", str(tmp_path), "--listen", "127.0.0.1:0", "--data", str(tmp_path / "data")])
    assert process.exit_code(60) not in (0, 101), process.output
    assert "template" in process.output and str(tmp_path) in process.output


def test_outputs_are_printed(up, project):
    service = up(project)
    assert "dynamodb-manager-items" in service.process.output
    assert service.call({"operation": "ping"}) == "pong"


HTTP_API = f"""
Transform: AWS::Serverless-2016-10-31
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        def handler(event, context):
            return {{"route": event["routeKey"]}}
      Handler: index.handler
      Runtime: {functions.PYTHON}
      Events:
        Item: {{Type: HttpApi, Properties: {{Path: /items, Method: get}}}}
        Rest: {{Type: HttpApi}}
Outputs:
  Url: {{Value: !GetAtt ServerlessHttpApi.ApiEndpoint}}
"""


def test_a_template_with_an_http_api(up, tmp_path):
    (tmp_path / "template.yaml").write_text(HTTP_API)
    running = up(tmp_path / "template.yaml")
    (api,) = running.admin.of("apigatewayv2").get_apis()["Items"]
    base = f"/_aws/execute-api/{api['ApiId']}"
    assert http.request(running.port, "GET", f"{base}/items").json == {"route": "GET /items"}
    assert http.request(running.port, "POST", f"{base}/else").json == {"route": "$default"}
    assert api["Tags"] == {"httpapi:createdBy": "SAM"}
    assert api["ApiEndpoint"] == f"http://{api['ApiId']}.execute-api.us-east-1.localhost:{running.port}"


GUARDED = f"""
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {{Handler: index.handler, Runtime: {functions.PYTHON}}}
Resources:
  Guarded:
    Type: AWS::Serverless::HttpApi
    Properties:
      FailOnWarnings: true
      CorsConfiguration: {{AllowOrigins: ["https://a.example"], AllowMethods: [GET]}}
      Auth:
        DefaultAuthorizer: Function
        EnableIamAuthorizer: true
        Authorizers:
          Function:
            FunctionArn: !GetAtt Decide.Arn
            AuthorizerPayloadFormatVersion: "2.0"
            EnableSimpleResponses: true
            EnableFunctionDefaultPermissions: true
            Identity: {{Headers: [X-Who], ReauthorizeEvery: 0}}
          Tokens:
            IdentitySource: $request.header.Authorization
            AuthorizationScopes: [read]
            JwtConfiguration: {{issuer: "https://issuer.example", audience: [all]}}
  Decide:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        def handler(event, context):
            return {{"isAuthorized": event["headers"]["x-who"] == "ada"}}
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        def handler(event, context):
            return event["routeKey"]
      Events:
        Own: {{Type: HttpApi, Properties: {{ApiId: !Ref Guarded, Path: /own, Method: get}}}}
        Open: {{Type: HttpApi, Properties: {{ApiId: !Ref Guarded, Path: /open, Method: get, Auth: {{Authorizer: NONE}}}}}}
        Signed: {{Type: HttpApi, Properties: {{ApiId: !Ref Guarded, Path: /signed, Method: get, Auth: {{Authorizer: AWS_IAM}}}}}}
        Token: {{Type: HttpApi, Properties: {{ApiId: !Ref Guarded, Path: /token, Method: get, Auth: {{Authorizer: Tokens}}}}}}
  Plain:
    Type: AWS::ApiGatewayV2::Api
    Properties: {{Name: plain, ProtocolType: HTTP}}
  Anybody:
    Type: AWS::Lambda::Permission
    Properties: {{Action: "lambda:InvokeFunction", FunctionName: !Ref Hello, Principal: apigateway.amazonaws.com}}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Plain
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt Hello.Arn
      PayloadFormatVersion: "2.0"
  Tokens:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties:
      ApiId: !Ref Plain
      Name: tokens
      AuthorizerType: JWT
      IdentitySource: [$request.header.Authorization]
      JwtConfiguration: {{Issuer: "https://issuer.example", Audience: [all]}}
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {{ApiId: !Ref Plain, RouteKey: GET /plain, Target: !Sub "integrations/${{Integration}}"}}
  TokenRoute:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Plain
      RouteKey: GET /token
      AuthorizationType: JWT
      AuthorizerId: !Ref Tokens
      Target: !Sub "integrations/${{Integration}}"
  Deployment:
    Type: AWS::ApiGatewayV2::Deployment
    DependsOn: [Route, TokenRoute]
    Properties: {{ApiId: !Ref Plain}}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {{ApiId: !Ref Plain, StageName: live, DeploymentId: !Ref Deployment}}
  Domain:
    Type: AWS::ApiGatewayV2::DomainName
    Properties:
      DomainName: api.example.com
      DomainNameConfigurations: [{{CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/x", EndpointType: REGIONAL}}]
  Mapping:
    Type: AWS::ApiGatewayV2::ApiMapping
    DependsOn: Stage
    Properties: {{ApiId: !Ref Plain, DomainName: !Ref Domain, Stage: live, ApiMappingKey: v1}}
  Link:
    Type: AWS::ApiGatewayV2::VpcLink
    Properties: {{Name: link, SubnetIds: [subnet-1]}}
  Rest:
    Type: AWS::ApiGateway::RestApi
    Properties: {{Name: rest, EndpointConfiguration: {{Types: [REGIONAL]}}}}
"""


def test_a_template_with_guarded_http_apis(up, tmp_path):
    (tmp_path / "template.yaml").write_text(GUARDED)
    running = up(tmp_path / "template.yaml")
    client = running.admin.of("apigatewayv2")
    guarded, plain = sorted(client.get_apis()["Items"], key=lambda api: api["Name"] == "plain")

    def status(path: str, headers: dict | None = None) -> int:
        return http.request(running.port, "GET", f"/_aws/execute-api/{guarded['ApiId']}{path}", headers=headers or {}).status

    assert [status("/own", {"X-Who": who}) for who in ("ada", "eve")] == [200, 403]
    assert [status(path) for path in ("/own", "/open", "/signed", "/token")] == [401, 200, 403, 401]
    routes = {route["RouteKey"]: route for route in client.get_routes(ApiId=guarded["ApiId"])["Items"]}
    assert routes["GET /token"]["AuthorizationScopes"] == ["read"]
    assert {key: route["AuthorizationType"] for key, route in routes.items()} == {
        "GET /own": "CUSTOM",
        "GET /open": "NONE",
        "GET /signed": "AWS_IAM",
        "GET /token": "JWT",
    }
    named = {"Host": "api.example.com"}
    assert http.request(running.port, "GET", "/v1/plain", headers=named).body == b"GET /plain"
    assert http.request(running.port, "GET", "/v1/token", headers=named).status == 401
    (domain,) = client.get_domain_names()["Items"]
    assert domain["DomainNameConfigurations"][0]["CertificateArn"].endswith("certificate/x")
    (rest,) = running.admin.apigateway.get_rest_apis()["items"]
    assert rest["endpointConfiguration"]["types"] == ["REGIONAL"]


AROUND_FUNCTIONS = f"""
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {{Handler: index.handler, Runtime: {functions.PYTHON}}}
Resources:
  Shared:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildMethod: {functions.PYTHON}}}
    Properties: {{ContentUri: shared, RetentionPolicy: Delete}}
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
      StreamSpecification: {{StreamViewType: NEW_IMAGE}}
      TimeToLiveSpecification: {{AttributeName: expires, Enabled: true}}
      PointInTimeRecoverySpecification: {{PointInTimeRecoveryEnabled: true}}
  Greeter:
    Type: AWS::Serverless::Function
    Properties:
      Layers: [!Ref Shared]
      FunctionUrlConfig: {{AuthType: NONE}}
      Events: {{Root: {{Type: HttpApi, Properties: {{Path: /, Method: get}}}}}}
      EventInvokeConfig:
        MaximumRetryAttempts: 0
        DestinationConfig: {{OnFailure: {{Type: Lambda, Destination: !GetAtt Watcher.Arn}}}}
      InlineCode: |
        import shared
        def handler(event, context):
            return shared.GREETING if "rawPath" in event else 1 / 0
  Live:
    Type: AWS::Lambda::Alias
    Properties: {{FunctionName: !Ref Greeter, FunctionVersion: !GetAtt First.Version, Name: live}}
  First: {{Type: AWS::Lambda::Version, Properties: {{FunctionName: !Ref Greeter}}}}
  Watcher:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        def handler(event, context):
            for record in event.get("Records", []):
                print("SAW", record["eventName"], record["dynamodb"]["Keys"]["id"]["S"])
            if "requestContext" in event:
                print("SAW", event["requestContext"]["condition"])
      Events:
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Items.StreamArn
            StartingPosition: TRIM_HORIZON
            FilterCriteria: {{Filters: [{{Pattern: '{{"eventName": ["INSERT"]}}'}}]}}
  WatcherLogs:
    Type: AWS::Logs::LogGroup
    Properties: {{LogGroupName: !Sub "/aws/lambda/${{Watcher}}", RetentionInDays: 7}}
Outputs:
  Host: {{Value: !Select [2, !Split ["/", !GetAtt GreeterUrl.FunctionUrl]]}}
"""


def test_what_is_around_functions(up, tmp_path):
    """Layers, URLs, versions, streams, destinations; and what a changed layer changes."""
    (tmp_path / "template.yaml").write_text(AROUND_FUNCTIONS)
    shared = tmp_path / "shared" / "shared.py"
    shared.parent.mkdir()
    shared.write_text("GREETING = 'hello'")
    running = up(tmp_path / "template.yaml")
    host = running.process.wait_for(r"Host = (\S+)")[1]

    def greeting() -> bytes:
        return http.request(running.port, "GET", "/", headers={"Host": host}).body

    assert greeting() == b"hello"
    client, dynamodb = running.admin.lambda_, running.admin.dynamodb
    names = {f["FunctionName"].split("-")[-2]: f["FunctionName"] for f in client.list_functions()["Functions"]}
    (table,) = dynamodb.list_tables()["TableNames"]
    dynamodb.put_item(TableName=table, Item={"id": {"S": "one"}})
    dynamodb.put_item(TableName=table, Item={"id": {"S": "one"}, "n": {"N": "2"}})
    client.invoke(FunctionName=names["Greeter"], Qualifier="$LATEST", InvocationType="Event", Payload="{}")
    running.process.wait_for("SAW INSERT one")
    running.process.wait_for("SAW RetriesExhausted")
    assert not any("SAW MODIFY" in line for line in running.process.lines)
    assert client.get_alias(FunctionName=names["Greeter"], Name="live")["FunctionVersion"] == "1"
    assert dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "expires",
    }
    assert running.interrupt() == 0
    shared.write_text("GREETING = 'good day'")
    running = up(tmp_path / "template.yaml")
    assert greeting() == b"good day"
    assert [v["Version"] for v in running.admin.lambda_.list_layer_versions(LayerName="Shared")["LayerVersions"]] == [2]
