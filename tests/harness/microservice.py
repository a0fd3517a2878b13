"""The tutorial's resources, made with boto3 in one go, for tests about something else."""

import json

from . import functions, http
from .environment import ACCOUNT, REGION
from .identities import allow, create_role, unique

LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
ITEMS = (
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
)


def integration_uri(function_arn: str) -> str:
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function_arn}/invocations"


def create_table(clients, name: str | None = None) -> str:
    """A table with the string hash key `id`."""
    name = name or unique("table")
    clients.dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    clients.dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return name


def create_function(clients, package: dict, role: str, **configuration) -> str:
    """A function that is ready to be invoked; answers its name."""
    name = configuration.pop("FunctionName", None) or unique("function")
    clients.lambda_.create_function(FunctionName=name, Role=role, **package, **configuration)
    clients.lambda_.get_waiter("function_active_v2").wait(FunctionName=name)
    return name


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def invoke(clients, function: str, event, **arguments):
    """Invokes and answers the whole answer, its payload parsed."""
    answer = clients.lambda_.invoke(FunctionName=function, Payload=json.dumps(event), **arguments)
    payload = answer["Payload"].read()
    answer["Payload"] = json.loads(payload) if payload else None
    return answer


def value_of(clients, function: str, event):
    """What a function answered, which must not be an error."""
    answer = invoke(clients, function, event)
    assert "FunctionError" not in answer, answer["Payload"]
    return answer["Payload"]


class RestApi:
    """POST /PATH of a REST API with a non-proxy Lambda integration, deployed to stage `test`."""

    def __init__(self, clients, function: str, path: str = "DynamoDBManager", permit: bool = True):
        self._clients = clients
        self.path = path
        gateway = clients.apigateway
        api = gateway.create_rest_api(name=unique("api"))
        self.id = api["id"]
        self.resource = gateway.create_resource(
            restApiId=self.id, parentId=api["rootResourceId"], pathPart=path
        )["id"]
        at = {"restApiId": self.id, "resourceId": self.resource, "httpMethod": "POST"}
        gateway.put_method(**at, authorizationType="NONE")
        gateway.put_integration(
            **at, type="AWS", integrationHttpMethod="POST", uri=integration_uri(function_arn(function))
        )
        gateway.put_method_response(**at, statusCode="200", responseModels={"application/json": "Empty"})
        gateway.put_integration_response(**at, statusCode="200", responseTemplates={"application/json": ""})
        gateway.create_deployment(restApiId=self.id, stageName="test")
        if permit:
            self.permit(function)

    @property
    def arn(self) -> str:
        return f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.id}/*/POST/{self.path}"

    def permit(self, function: str, source_arn: str | None = None):
        """What lets API Gateway invoke the function for this method."""
        self._clients.lambda_.add_permission(
            FunctionName=function,
            StatementId=unique("gateway"),
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=source_arn or self.arn,
        )

    def url_path(self, stage: str = "test") -> str:
        return f"/restapis/{self.id}/{stage}/_user_request_/{self.path}"

    def post(self, port: int, event) -> http.Answer:
        return http.post(port, self.url_path(), event)


class Microservice:
    """Table, role, function and API of the example, ready for POSTs."""

    def __init__(self, clients, language: str):
        self.table = create_table(clients)
        self.role = create_role(clients, allow(*ITEMS), allow(*LOGS))
        self.function = create_function(clients, functions.manager(language), self.role, Timeout=30)
        self.api = RestApi(clients, self.function)
