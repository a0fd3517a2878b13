"""Every operation that is built, called by a user who may do nothing, is denied and does nothing.

The calls name things that exist, so that an operation which forgets to ask would show.
"""

import botocore.exceptions
import pytest

from harness import functions, models
from harness.clients import Clients
from harness.environment import ACCOUNT, REGION
from harness.identities import LAMBDA_TRUST, allow, create_user, document, role_arn
from harness.microservice import RestApi, create_function, create_table, function_arn
from harness.server import Server, eventually
from harness.state import everything

# Operations that need no permission. This list may only shrink.
EXCEPTIONS = {
    ("sts", "GetCallerIdentity"),  # Everyone may ask who they are.
    ("sts", "AssumeRoleWithWebIdentity"),  # Unsigned: the token and the role's trust decide.
    ("sts", "GetSessionToken"),  # A user's own credentials for a while: nothing new.
}

NAME = "guarded"
GRANT = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "dynamodb:*", "Resource": "*"}]}"""
POOL = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/pool"
LOAD_BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/net/{NAME}/1"
IDENTITY = "method.request.header.Authorization"
TOKEN = "$request.header.Authorization"
STATEMENT = f"DELETE FROM {NAME} WHERE id = '1'"
SCHEMA = '{"type": "object", "properties": {"a": {"type": "string"}}}'


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A server with one of everything, and what its things are called in inputs."""
    server = Server(tmp_path_factory.mktemp("guarded") / "data").start()
    try:
        admin = Clients(server.endpoint)
        yield admin, populate(admin)
    finally:
        server.process.kill()


def populate(admin: Clients) -> dict:
    """Makes the things; answers values by member name."""
    create_table(admin, NAME)
    streams = a_stream(admin) if models.coverage()["dynamodbstreams"]["built"] else {}
    admin.dynamodb.put_item(TableName=NAME, Item={"id": {"S": "1"}})
    admin.iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=LAMBDA_TRUST)
    admin.iam.put_role_policy(RoleName=NAME, PolicyName=NAME, PolicyDocument=document(allow("logs:*")))
    policy = admin.iam.create_policy(PolicyName=NAME, PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    admin.iam.create_policy_version(
        PolicyArn=policy, PolicyDocument=document(allow("sqs:*")), SetAsDefault=True
    )
    admin.iam.attach_role_policy(RoleName=NAME, PolicyArn=policy)
    create_user(admin, allow("s3:*"), name=NAME)
    admin.iam.attach_user_policy(UserName=NAME, PolicyArn=policy)
    admin.iam.create_group(GroupName=NAME)
    admin.iam.add_user_to_group(GroupName=NAME, UserName=NAME)
    admin.iam.create_account_alias(AccountAlias=NAME)
    particular = populate_iam(admin)
    admin.logs.create_log_group(logGroupName=NAME)
    admin.logs.create_log_stream(logGroupName=NAME, logStreamName=NAME)
    create_function(admin, functions.probe(), role_arn(NAME), FunctionName=NAME)
    admin.lambda_.publish_version(FunctionName=NAME)
    admin.lambda_.create_alias(FunctionName=NAME, Name=NAME, FunctionVersion="1")
    api = RestApi(admin, NAME, path="guarded")
    gateway = admin.apigateway
    model = gateway.create_model(restApiId=api.id, name=NAME, contentType="application/json", schema=SCHEMA)[
        "name"
    ]
    validator = gateway.create_request_validator(restApiId=api.id, name=NAME)["id"]
    deployment = gateway.get_deployments(restApiId=api.id)["items"][0]["id"]
    beside = beside_apis(gateway, api.id)
    key = admin.iam.list_access_keys(UserName=NAME)["AccessKeyMetadata"][0]["AccessKeyId"]
    statement = admin.lambda_.get_policy(FunctionName=NAME)["Policy"].split('"Sid":"')[1].split('"')[0]
    shared_by_services = {
        "RoleName": NAME,
        "UserName": NAME,
        "GroupName": NAME,
        "PolicyName": NAME,
        "PolicyArn": policy,
        "VersionId": "v1",
        "PermissionsBoundary": policy,
        "PolicyDocument": document(allow("*")),
        "AssumeRolePolicyDocument": LAMBDA_TRUST,
        "AccountAlias": NAME,
        "AccessKeyId": key,
        "Status": "Inactive",
        "Tags": [{"Key": "k", "Value": "v"}],
        "TagKeys": ["k"],
    }
    arn = function_arn(NAME)
    return {
        "iam": shared_by_services | particular,
        "sts": {
            "RoleArn": role_arn(NAME),
            "RoleSessionName": "session",
            "Name": "somebody",
            "EncodedMessage": "message",
            "AccessKeyId": key,
        },
        "dynamodb": {
            "TableName": NAME,
            "ResourceArn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{NAME}",
            "Key": {"id": {"S": "1"}},
            "Item": {"id": {"S": "2"}},
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "RequestItems": {},
            "TransactItems": [{"Delete": {"TableName": NAME, "Key": {"id": {"S": "1"}}}}],
            "Statement": STATEMENT,
            "Statements": [{"Statement": STATEMENT}],
            "TransactStatements": [{"Statement": STATEMENT}],
            "Tags": [{"Key": "k", "Value": "v"}],
            "TagKeys": ["k"],
            "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ttl"},
            "Policy": GRANT,
            "TableArn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{NAME}",
            "GlobalTableName": NAME,
            "ReplicationGroup": [{"RegionName": "eu-west-1"}],
            "ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}],
            "ContributorInsightsAction": "ENABLE",
            "StreamArn": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{NAME}",
            "S3Bucket": "bucket",
            "S3BucketSource": {"S3Bucket": "bucket"},
            "InputFormat": "DYNAMODB_JSON",
            "ExportArn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{NAME}/export/01234567890123-a1b2c3d4",
            "ImportArn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{NAME}/import/01234567890123-a1b2c3d4",
            "TableCreationParameters": {
                "TableName": "fresh",
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
            "BackupName": "fresh",
            "BackupArn": a_backup(admin),
            "TargetTableName": "restored",
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        },
        "dynamodbstreams": streams,
        "lambda": {
            "FunctionName": NAME,
            "Role": role_arn(NAME),
            "Code": functions.probe()["Code"],
            "ZipFile": functions.zip_of({"probe.py": b""}),
            "Name": NAME,
            "FunctionVersion": "1",
            "Qualifier": "1",
            "StatementId": statement,
            "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com",
            "Resource": arn,
            "Tags": {"k": "v"},
            "TagKeys": ["k"],
            "ReservedConcurrentExecutions": 0,
            "Handler": "probe.handler",
            "Runtime": functions.PYTHON,
            "MemorySize": 512,
            "LayerName": NAME,
            "VersionNumber": 1,
            "Content": {"ZipFile": functions.zip_of({"python/layer.py": b""})},
            "Arn": arn.replace(f":function:{NAME}", f":layer:{NAME}:1"),
            "AuthType": "NONE",
            "RecursiveLoop": "Allow",
            "UpdateRuntimeOn": "Auto",
            "ProvisionedConcurrentExecutions": 1,
            "InvokeArgs": b"{}",
            "AllowedPublishers": {
                "SigningProfileVersionArns": ["arn:aws:signer:us-east-1:000000000000:/signing-profiles/x/1"]
            },
            "CodeSigningConfigArn": arn.replace(
                f":function:{NAME}", ":code-signing-config:csc-" + "0" * 17
            ),
            "UUID": "00000000-0000-4000-8000-000000000000",
        },
        "apigateway": beside
        | {
            "restApiId": api.id,
            "resourceId": api.resource,
            "parentId": api.resource,
            "httpMethod": "POST",
            "statusCode": "200",
            "stageName": "test",
            "deploymentId": deployment,
            "modelName": model,
            "requestValidatorId": validator,
            "responseType": "DEFAULT_4XX",
            "resourceArn": f"arn:aws:apigateway:{REGION}::/restapis/{api.id}",
            "pathPart": "more",
            "type": "MOCK",
            "authorizationType": "NONE",
            "contentType": "application/json",
            "body": b'{"openapi": "3.0.1", "info": {"title": "t"}, "paths": {}}',
            "location": {"type": "METHOD", "path": "/", "method": "GET"},
            "properties": "{}",
            "providerARNs": [POOL],
            "keyType": "API_KEY",
            "targetArns": [LOAD_BALANCER],
            "startDate": "2026-11-22",
            "endDate": "2026-11-22",
            "format": "csv",
            "exportType": "oas30",
            "tags": {"k": "v"},
            "tagKeys": ["k"],
        },
        "apigatewayv2": an_http_api(admin.of("apigatewayv2"), arn),
        "logs": {
            "logGroupName": NAME,
            "logStreamName": NAME,
            "resourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{NAME}",
            "retentionInDays": 7,
            "logEvents": [{"timestamp": 1_700_000_000_000, "message": "m"}],
            "tags": {"k": "v"},
            "tagKeys": ["k"],
        },
    }


def beside_apis(gateway, api: str) -> dict:
    """Makes what belongs to an API or an account of API Gateway; answers what they are called."""
    key = gateway.create_api_key(name=NAME, enabled=True)["id"]
    plan = gateway.create_usage_plan(name=NAME, apiStages=[{"apiId": api, "stage": "test"}])["id"]
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    gateway.create_domain_name(domainName="guarded.example.com")
    gateway.create_base_path_mapping(domainName="guarded.example.com", basePath=NAME, restApiId=api)
    gateway.create_documentation_version(restApiId=api, documentationVersion=NAME)
    part = gateway.create_documentation_part(restApiId=api, location={"type": "API"}, properties="{}")
    authorizer = gateway.create_authorizer(
        restApiId=api, name=NAME, type="COGNITO_USER_POOLS", providerARNs=[POOL], identitySource=IDENTITY
    )
    return {
        "apiKey": key,
        "usagePlanId": plan,
        "keyId": key,
        "clientCertificateId": gateway.generate_client_certificate()["clientCertificateId"],
        "vpcLinkId": gateway.create_vpc_link(name=NAME, targetArns=[LOAD_BALANCER])["id"],
        "domainName": "guarded.example.com",
        "basePath": NAME,
        "documentationPartId": part["id"],
        "documentationVersion": NAME,
        "authorizerId": authorizer["id"],
    }


def an_http_api(gateway, function: str) -> dict:
    """Makes an HTTP API with one of everything; answers its members."""
    api = gateway.create_api(Name=NAME, ProtocolType="HTTP", Target=function)["ApiId"]
    issuer = {"Issuer": "https://issuer.example.com", "Audience": [NAME]}
    authorizer = gateway.create_authorizer(
        ApiId=api, Name=NAME, AuthorizerType="JWT", IdentitySource=[TOKEN], JwtConfiguration=issuer
    )
    gateway.create_domain_name(DomainName="http.example.com")
    mapping = gateway.create_api_mapping(DomainName="http.example.com", ApiId=api, Stage="$default")
    return {
        "ApiId": api,
        "Name": NAME,
        "RouteId": gateway.get_routes(ApiId=api)["Items"][0]["RouteId"],
        "IntegrationId": gateway.get_integrations(ApiId=api)["Items"][0]["IntegrationId"],
        "DeploymentId": gateway.get_deployments(ApiId=api)["Items"][0]["DeploymentId"],
        "AuthorizerId": authorizer["AuthorizerId"],
        "ModelId": gateway.create_model(ApiId=api, Name=NAME, Schema=SCHEMA)["ModelId"],
        "VpcLinkId": gateway.create_vpc_link(Name=NAME, SubnetIds=["subnet-1"])["VpcLinkId"],
        "ApiMappingId": mapping["ApiMappingId"],
        "DomainName": "http.example.com",
        "Stage": "$default",
        "StageName": "$default",
        "RouteKey": "$default",
        "RequestParameterKey": "route.request.header.x",
        "ProtocolType": "HTTP",
        "IntegrationType": "HTTP_PROXY",
        "AuthorizerType": "JWT",
        "IdentitySource": [TOKEN],
        "Schema": SCHEMA,
        "SubnetIds": ["subnet-1"],
        "Specification": "OAS30",
        "OutputType": "JSON",
        "Body": '{"openapi": "3.0.1", "info": {"title": "t"}, "paths": {}}',
        "ResourceArn": f"arn:aws:apigateway:{REGION}::/apis/{api}",
        "TagKeys": ["k"],
    }


def populate_iam(admin: Clients) -> dict:
    """Makes what IAM keeps beside users, groups, roles and policies; answers its members."""
    iam = admin.iam
    iam.create_instance_profile(InstanceProfileName=NAME)
    iam.create_login_profile(UserName=NAME, Password="a-password")
    iam.update_account_password_policy(MinimumPasswordLength=8)
    iam.generate_credential_report()
    metadata = f"<EntityDescriptor>{'x' * 1000}</EntityDescriptor>"
    credential = iam.create_service_specific_credential(
        UserName=NAME, ServiceName="codecommit.amazonaws.com"
    )["ServiceSpecificCredential"]
    return {
        "InstanceProfileName": NAME,
        "SerialNumber": iam.create_virtual_mfa_device(VirtualMFADeviceName=NAME)["VirtualMFADevice"][
            "SerialNumber"
        ],
        "VirtualMFADeviceName": "fresh",
        "AuthenticationCode1": "000000",
        "AuthenticationCode2": "000001",
        "Password": "another-password",
        "OldPassword": "a-password",
        "NewPassword": "another-password",
        "Url": "https://fresh.example.com",
        "OpenIDConnectProviderArn": iam.create_open_id_connect_provider(
            Url="https://idp.example.com", ClientIDList=[NAME]
        )["OpenIDConnectProviderArn"],
        "ClientID": NAME,
        "ThumbprintList": ["0" * 40],
        "SAMLProviderArn": iam.create_saml_provider(Name=NAME, SAMLMetadataDocument=metadata)[
            "SAMLProviderArn"
        ],
        "SAMLMetadataDocument": metadata,
        "Name": "fresh",
        "ServerCertificateName": NAME,
        "CertificateBody": "body",
        "PrivateKey": "key",
        "AWSServiceName": "ops.apigateway.amazonaws.com",
        "DeletionTaskId": f"task/aws-service-role/ops.apigateway.amazonaws.com/{NAME}/1",
        "ServiceName": "codecommit.amazonaws.com",
        "ServiceSpecificCredentialId": credential["ServiceSpecificCredentialId"],
        "Arn": role_arn(NAME),
        "JobId": iam.generate_service_last_accessed_details(Arn=role_arn(NAME))["JobId"],
        "ServiceNamespace": "dynamodb",
        "ServiceNamespaces": ["dynamodb"],
        "PolicySourceArn": role_arn(NAME),
        "PolicyInputList": [document(allow("*"))],
        "ActionNames": ["s3:GetObject"],
    }


def a_stream(admin: Clients) -> dict:
    """Makes a table with a stream; answers what its operations need."""
    admin.dynamodb.create_table(
        TableName=f"{NAME}-stream",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    admin.dynamodb.get_waiter("table_exists").wait(TableName=f"{NAME}-stream", WaiterConfig={"Delay": 1})
    streams = admin.of("dynamodbstreams")
    at = {"StreamArn": streams.list_streams(TableName=f"{NAME}-stream")["Streams"][0]["StreamArn"]}
    at["ShardId"] = streams.describe_stream(**at)["StreamDescription"]["Shards"][0]["ShardId"]
    at["ShardIteratorType"] = "TRIM_HORIZON"
    return at | {"ShardIterator": streams.get_shard_iterator(**at)["ShardIterator"]}


def a_backup(admin: Clients) -> str:
    """Makes a backup; answers its ARN."""
    arn = admin.dynamodb.create_backup(TableName=NAME, BackupName=NAME)["BackupDetails"]["BackupArn"]

    def is_available():
        details = admin.dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]
        return details["BackupStatus"] == "AVAILABLE"

    eventually(is_available, "the backup is available")
    return arn


# Inputs whose members depend on the operation.
PARTICULAR = {
    ("dynamodb", "BatchGetItem"): {"RequestItems": {NAME: {"Keys": [{"id": {"S": "1"}}]}}},
    ("dynamodb", "BatchWriteItem"): {
        "RequestItems": {NAME: [{"DeleteRequest": {"Key": {"id": {"S": "1"}}}}]}
    },
    ("dynamodb", "TransactGetItems"): {
        "TransactItems": [{"Get": {"TableName": NAME, "Key": {"id": {"S": "1"}}}}]
    },
    ("dynamodb", "CreateTable"): {"BillingMode": "PAY_PER_REQUEST", "TableName": "fresh"},
    ("dynamodb", "RestoreTableToPointInTime"): {
        "SourceTableName": NAME,
        "UseLatestRestorableTime": True,
    },
    ("dynamodb", "Query"): {
        "KeyConditionExpression": "id = :i",
        "ExpressionAttributeValues": {":i": {"S": "1"}},
    },
    ("lambda", "CreateFunction"): {
        "FunctionName": "fresh",
        "Handler": "probe.handler",
        "Runtime": functions.PYTHON,
    },
    ("lambda", "UpdateFunctionCode"): {"ZipFile": functions.zip_of({"probe.py": b""})},
    ("lambda", "UpdateFunctionConfiguration"): {"MemorySize": 512},
    ("lambda", "AddPermission"): {"StatementId": "fresh"},
    ("lambda", "AddLayerVersionPermission"): {"Action": "lambda:GetLayerVersion", "Principal": "*"},
    ("lambda", "CreateAlias"): {"Name": "fresh"},
    ("apigateway", "CreateRestApi"): {"name": "fresh"},
    ("apigateway", "CreateStage"): {"stageName": "fresh"},
    ("apigateway", "CreateAuthorizer"): {"name": "fresh", "type": "COGNITO_USER_POOLS", "identitySource": IDENTITY},
    ("apigateway", "CreateDocumentationPart"): {},
    ("apigateway", "CreateDocumentationVersion"): {"documentationVersion": "fresh"},
    ("apigateway", "CreateDomainName"): {"domainName": "fresh.example.com"},
    ("apigateway", "CreateBasePathMapping"): {"basePath": "fresh"},
    ("apigateway", "CreateUsagePlan"): {"name": "fresh"},
    ("apigateway", "CreateVpcLink"): {"name": "fresh"},
    ("apigateway", "ImportApiKeys"): {"body": b"name,key\nfresh,fresh-0123456789-0123456789\n"},
    ("apigateway", "CreateModel"): {"name": "fresh"},
    ("apigateway", "CreateRequestValidator"): {"name": "fresh"},
    ("apigateway", "UpdateStage"): {
        "patchOperations": [{"op": "replace", "path": "/description", "value": "x"}]
    },
    ("apigateway", "UpdateRestApi"): {"patchOperations": [{"op": "replace", "path": "/name", "value": "x"}]},
    ("apigatewayv2", "CreateDomainName"): {"DomainName": "fresh.example.com"},
    ("iam", "CreateUser"): {"UserName": "fresh"},
    ("iam", "CreateRole"): {"RoleName": "fresh"},
    ("iam", "CreateGroup"): {"GroupName": "fresh"},
    ("iam", "CreatePolicy"): {"PolicyName": "fresh"},
    ("iam", "CreateAccountAlias"): {"AccountAlias": "fresh"},
    ("iam", "CreateAccessKey"): {"UserName": NAME},
    ("iam", "UpdateUser"): {"NewPath": "/x/"},
    ("iam", "UpdateGroup"): {"NewPath": "/x/"},
    ("iam", "UpdateRole"): {"Description": "x"},
    ("iam", "GetUser"): {"UserName": NAME},
    ("iam", "ListAccessKeys"): {"UserName": NAME},
    ("iam", "DeleteAccessKey"): {"UserName": NAME},
    ("iam", "UpdateAccessKey"): {"UserName": NAME},
    ("logs", "CreateLogGroup"): {"logGroupName": "fresh"},
    ("logs", "CreateLogStream"): {"logStreamName": "fresh"},
    ("logs", "DescribeLogStreams"): {"logGroupName": NAME},
    ("logs", "FilterLogEvents"): {"logGroupName": NAME},
    ("logs", "GetLogEvents"): {"logGroupName": NAME},
    ("logs", "UntagLogGroup"): {"tags": ["k"]},
}

BUILT = [
    (service, operation) for service, listed in models.coverage().items() for operation in listed["built"]
]


def attempt(clients: Clients, service: str, operation: str, known: dict) -> str:
    """Calls it; answers the error's code, or what else happened."""
    model = models.Model(service)
    arguments = model.input(operation, known) | PARTICULAR.get((service, operation), {})
    try:
        getattr(clients.of(service), model.method(operation))(**arguments)
        return "succeeded"
    except botocore.exceptions.ClientError as refusal:
        return refusal.response["Error"]["Code"]


def test_everything_built_asks_for_permission(world):
    admin, known = world
    user = create_user(admin)
    before = everything(admin)
    wrong = {}
    for service, operation in BUILT:
        answer = attempt(user, service, operation, known[service])
        if (answer in ("AccessDenied", "AccessDeniedException")) == ((service, operation) in EXCEPTIONS):
            wrong[f"{service}:{operation}"] = answer
    assert wrong == {}
    assert everything(admin) == before


def test_the_same_inputs_mean_something(world):
    """The administrator gets past the gate with them: no refusal above came from a bad input."""
    admin, known = world
    wrong = {}
    readers = [
        (s, o)
        for s, o in BUILT
        if o.startswith(("Get", "List", "Describe", "BatchGet", "Query", "Scan", "Filter"))
    ]
    for service, operation in readers:
        answer = attempt(admin, service, operation, known[service])
        if not (answer == "succeeded" or answer == "NoSuchEntity" or answer.endswith("NotFoundException")):
            wrong[f"{service}:{operation}"] = answer
    assert wrong == {}


def test_the_exceptions_exist():
    """An entry for an operation that is no longer there has to go."""
    assert EXCEPTIONS <= set(BUILT)
