"""IAM and STS answer as recordings of AWS show it, field by field. Ids, dates and secrets are replaced
by what they are."""

import json
import re

import pytest

from harness.clients import TESTS, body_of, error_of
from harness.environment import ACCOUNT
from harness.identities import document, unique

ROLES = json.loads((TESTS / "cases" / "service_linked_roles.json").read_text())
DATES = {"CreateDate", "UpdateDate", "Expiration"}
IDS = {
    "RoleId": "AROA",
    "UserId": "AIDA",
    "PolicyId": "ANPA",
    "ServiceSpecificCredentialId": "ACCA",
    "AccessKeyId": "ASIA",
}
SECRETS = {"ServicePassword", "SecretAccessKey", "SessionToken"}


def plain(answer):
    """The answer without what differs from one time to the next."""
    if isinstance(answer, list):
        return [plain(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    shown = {}
    for key, value in body_of(answer).items():
        if key in DATES:
            shown[key] = "date"
        elif key in IDS:
            assert re.fullmatch(IDS[key] + "[A-Z0-9]{16,17}", value), value
            shown[key] = "id"
        elif key in SECRETS:
            shown[key] = "secret"
        else:
            shown[key] = plain(value)
    return shown


def trust(service: str) -> dict:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.parametrize("service", ROLES["roles"])
def test_service_linked_roles(admin, service):
    expected = ROLES["roles"][service]
    name = expected["name"]
    admin.iam.create_service_linked_role(AWSServiceName=service)
    path = f"/aws-service-role/{service}/"
    assert plain(admin.iam.get_role(RoleName=name)) == {
        "Role": {
            "Arn": f"arn:aws:iam::{ACCOUNT}:role{path}{name}",
            "AssumeRolePolicyDocument": trust(service),
            "CreateDate": "date",
            "MaxSessionDuration": 3600,
            "Path": path,
            "RoleId": "id",
            "RoleLastUsed": {},
            "RoleName": name,
        }
    }
    assert plain(admin.iam.list_role_policies(RoleName=name)) == {"IsTruncated": False, "PolicyNames": []}
    attached = [
        {"PolicyArn": f"arn:aws:iam::aws:policy/aws-service-role/{policy}", "PolicyName": policy}
        for policy in expected["policies"]
    ]
    listed = plain(admin.iam.list_attached_role_policies(RoleName=name))
    assert listed == {"AttachedPolicies": attached, "IsTruncated": False}
    task = admin.iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    status = admin.iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
    assert status["Status"] == "SUCCEEDED"


@pytest.mark.parametrize("service", ROLES["no_suffix"])
def test_suffixes_that_are_not_allowed(admin, service):
    refused = error_of(admin.iam.create_service_linked_role, AWSServiceName=service, CustomSuffix="x")
    assert refused == (400, "InvalidInput", f"Custom suffix is not allowed for {service}")


@pytest.mark.parametrize("service", ["codecommit.amazonaws.com", "cassandra.amazonaws.com"])
def test_service_specific_credentials(admin, service):
    iam, user = admin.iam, unique("user")
    iam.create_user(UserName=user)
    made = iam.create_service_specific_credential(UserName=user, ServiceName=service)
    id = made["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]
    listed = {
        "CreateDate": "date",
        "ServiceName": service,
        "ServiceSpecificCredentialId": "id",
        "ServiceUserName": f"{user}-at-{ACCOUNT}",
        "Status": "Active",
        "UserName": user,
    }
    assert plain(made) == {"ServiceSpecificCredential": listed | {"ServicePassword": "secret"}}
    of_user = {"UserName": user}
    assert plain(iam.list_service_specific_credentials(**of_user)) == {
        "ServiceSpecificCredentials": [listed]
    }
    of_credential = of_user | {"ServiceSpecificCredentialId": id}
    assert plain(iam.update_service_specific_credential(**of_credential, Status="Inactive")) == {}
    inactive = listed | {"Status": "Inactive"}
    reset = plain(iam.reset_service_specific_credential(**of_credential))
    assert reset == {"ServiceSpecificCredential": inactive | {"ServicePassword": "secret"}}
    conflict = (409, "DeleteConflict", "Cannot delete entity, must remove referenced objects first.")
    assert error_of(iam.delete_user, **of_user) == conflict
    unknown = of_user | {"ServiceSpecificCredentialId": "satisfiesregexbutstillinvalid"}
    missing = (404, "NoSuchEntity", "No such credential satisfiesregexbutstillinvalid exists")
    assert error_of(iam.delete_service_specific_credential, **unknown) == missing
    malformed = of_user | {"ServiceSpecificCredentialId": "totally-wrong-credential-id-with-hyphens"}
    constraint = "1 validation error detected: Value at '{}' failed to satisfy constraint: Member must {}"
    pattern = constraint.format(
        "serviceSpecificCredentialId", r"satisfy regular expression pattern: [\w]+"
    )
    assert error_of(iam.reset_service_specific_credential, **malformed) == (400, "ValidationError", pattern)
    status = error_of(iam.update_service_specific_credential, **of_credential, Status="Invalid")
    assert status == (400, "ValidationError", constraint.format("status", "satisfy enum value set"))
    nobody = of_credential | {"UserName": "wrong-user-name"}
    absent = (404, "NoSuchEntity", "The user with name wrong-user-name cannot be found.")
    assert error_of(iam.delete_service_specific_credential, **nobody) == absent
    other = "No such service lambda.amazonaws.com is supported for Service Specific Credentials"
    refused = error_of(
        iam.create_service_specific_credential, UserName=user, ServiceName="lambda.amazonaws.com"
    )
    assert refused == (404, "NoSuchEntity", other)
    assert plain(iam.delete_service_specific_credential(**of_credential)) == {}


@pytest.mark.parametrize("kind", ["role", "group", "user"])
def test_simulation(admin, kind):
    iam, name = admin.iam, unique(kind)
    statement = {"Sid": "", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
    policy = iam.create_policy(
        PolicyName=unique("policy"),
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}),
    )["Policy"]
    arguments = {f"{kind.title()}Name": name}
    more = {"AssumeRolePolicyDocument": json.dumps(trust("ec2.amazonaws.com"))} if kind == "role" else {}
    arn = getattr(iam, f"create_{kind}")(**arguments, **more)[kind.title()]["Arn"]
    getattr(iam, f"attach_{kind}_policy")(**arguments, PolicyArn=policy["Arn"])
    bucket = "arn:aws:s3:::bucket"
    answer = iam.simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=["s3:PutObject", "s3:GetObjectVersion"],
        ResourceArns=[bucket],
    )
    matched = {
        "EndPosition": {"Column": 113, "Line": 1},
        "SourcePolicyId": policy["PolicyName"],
        "SourcePolicyType": "IAM Policy",
        "StartPosition": {"Column": 41, "Line": 1},
    }

    def result(action, decision, statements):
        shared = {"MatchedStatements": statements, "MissingContextValues": []}
        return {
            "EvalActionName": action,
            "EvalDecision": decision,
            "EvalDecisionDetails": {},
            "EvalResourceName": bucket,
            "OrganizationsDecisionDetail": {"AllowedByOrganizations": True},
            "ResourceSpecificResults": [
                {"EvalResourceDecision": decision, "EvalResourceName": bucket, **shared}
            ],
            **shared,
        }

    assert plain(answer) == {
        "EvaluationResults": [
            result("s3:PutObject", "allowed", [matched]),
            result("s3:GetObjectVersion", "implicitDeny", []),
        ],
        "IsTruncated": False,
    }


def test_federation_token(shared, admin):
    user = unique("user")
    admin.iam.create_user(UserName=user)
    admin.iam.put_user_policy(
        UserName=user,
        PolicyName="p",
        PolicyDocument=document({"Effect": "Allow", "Action": "sts:GetFederationToken", "Resource": "*"}),
    )
    key = admin.iam.create_access_key(UserName=user)["AccessKey"]
    assert plain(admin.as_user(key).sts.get_federation_token(Name="bob", DurationSeconds=3600)) == {
        "Credentials": {
            "AccessKeyId": "id",
            "Expiration": "date",
            "SecretAccessKey": "secret",
            "SessionToken": "secret",
        },
        "FederatedUser": {
            "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
            "FederatedUserId": f"{ACCOUNT}:bob",
        },
        "PackedPolicySize": 0,
    }


@pytest.mark.parametrize(
    "arn",
    [
        "nothing-valid-in-here",
        "arn::b:::something/test-role",
        "arn:a::::something/test-role",
        "arn:a:::something/test-role",
        "arn:a:a::aaaaaaaaaa:",
    ],
)
def test_role_arns_that_are_none(admin, arn):
    refused = error_of(admin.sts.assume_role, RoleArn=arn, RoleSessionName="session")
    assert refused == (400, "ValidationError", f"{arn} is invalid")


def test_names_that_are_none(admin):
    words = "is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
    refused = error_of(admin.iam.create_user, UserName="a name")
    assert refused == (400, "ValidationError", f"The specified value for userName {words}")


def test_roles(admin):
    """As recorded: what CreateRole, GetRole and ListRoles tell of a role with a path and tags."""
    name, path = unique("role"), f"/{unique('path')}/"
    trusted = trust("ec2.amazonaws.com")
    tags = [{"Key": "test", "Value": "value"}]
    created = admin.iam.create_role(
        RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trusted), Tags=tags
    )
    base = {
        "Arn": f"arn:aws:iam::{ACCOUNT}:role{path}{name}",
        "AssumeRolePolicyDocument": trusted,
        "CreateDate": "date",
        "Path": path,
        "RoleId": "id",
        "RoleName": name,
    }
    assert plain(created) == {"Role": {**base, "Tags": tags}}
    got = {**base, "MaxSessionDuration": 3600, "RoleLastUsed": {}, "Tags": tags}
    assert plain(admin.iam.get_role(RoleName=name)) == {"Role": got}
    listed = {"IsTruncated": False, "Roles": [{**base, "MaxSessionDuration": 3600}]}
    assert plain(admin.iam.list_roles(PathPrefix=path)) == listed
    updated = json.dumps(trust("lambda.amazonaws.com"))
    assert plain(admin.iam.update_assume_role_policy(RoleName=name, PolicyDocument=updated)) == {}
    assert plain(admin.iam.delete_role(RoleName=name)) == {}
    malformed = error_of(admin.iam.create_role, RoleName=name, AssumeRolePolicyDocument='{"a": ')
    assert malformed == (400, "MalformedPolicyDocument", "This policy contains invalid Json")


@pytest.mark.parametrize("kind", ["Role", "User"])
def test_attaching_policies(admin, kind):
    name, policy = unique("entity"), unique("policy")
    if kind == "Role":
        admin.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust("ec2.amazonaws.com")))
        attach = admin.iam.attach_role_policy
    else:
        admin.iam.create_user(UserName=name)
        attach = admin.iam.attach_user_policy
    document_ = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{policy}"
    assert plain(admin.iam.create_policy(PolicyName=policy, PolicyDocument=document_)) == {
        "Policy": {
            "Arn": arn,
            "AttachmentCount": 0,
            "CreateDate": "date",
            "DefaultVersionId": "v1",
            "IsAttachable": True,
            "Path": "/",
            "PermissionsBoundaryUsageCount": 0,
            "PolicyId": "id",
            "PolicyName": policy,
            "UpdateDate": "date",
        }
    }
    invalid = (400, "ValidationError", "Invalid ARN:  Could not be parsed!")
    for none in ("longpolicynamebutnoarn", policy + "0123456789"):
        assert error_of(attach, **{f"{kind}Name": name, "PolicyArn": none}) == invalid
    missing = f"Policy {arn}123 does not exist or is not attachable."
    assert error_of(attach, **{f"{kind}Name": name, "PolicyArn": f"{arn}123"}) == (404, "NoSuchEntity", missing)
    assert plain(attach(**{f"{kind}Name": name, "PolicyArn": arn})) == {}


def test_a_policy_that_is_not_there(admin):
    arn = f"arn:aws:iam::{ACCOUNT}:policy/non-existent-policy"
    assert error_of(admin.iam.delete_policy, PolicyArn=arn) == (404, "NoSuchEntity", f"Policy {arn} was not found.")
