"""IAM refuses what AWS refuses, with its code and words, case by case (`cases/iam_refusals.json`)."""

import json

import pytest

from harness.clients import TESTS, Clients, error_of
from harness.environment import ACCOUNT
from harness.identities import LAMBDA_TRUST, allow, create_user, document, trust, unique

CASES = json.loads((TESTS / "cases" / "iam_refusals.json").read_text())


@pytest.fixture(scope="module")
def things(shared) -> dict:
    """What the cases are about, by the names that stand for it; in capitals, in other letters."""
    iam, name = Clients(shared.endpoint).iam, unique("thing")
    for user in (name, f"{name}-2"):
        iam.create_user(UserName=user)
    iam.create_group(GroupName=name)
    iam.add_user_to_group(GroupName=name, UserName=name)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=LAMBDA_TRUST)
    policy = iam.create_policy(PolicyName=name, PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    return {
        "account": ACCOUNT,
        "user": name,
        "role": name,
        "group": name,
        "policy": policy,
        "document": document(allow("s3:*")),
        "trust": LAMBDA_TRUST,
        "OTHER": f"{name}-2".upper(),
        **{kind: name.upper() for kind in ("USER", "ROLE", "GROUP", "POLICY")},
    }


def filled(value, things: dict):
    """The value with its placeholders replaced."""
    if isinstance(value, str):
        return value.format_map(things)
    if isinstance(value, list):
        return [filled(item, things) for item in value]
    return {key: filled(item, things) for key, item in value.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["operation"])
def test_refusals(shared, things, case):
    iam = Clients(shared.endpoint, parameter_validation=False).iam
    refused = error_of(getattr(iam, case["operation"]), **filled(case["input"], things))
    status, code, message = case["error"]
    assert refused == (status, code, filled(message, things))


def test_session_tags_and_source_identities_that_are_handed_on(admin):
    """A session's transitive tags and its source identity cannot be replaced by those that it makes."""
    account = f"arn:aws:iam::{ACCOUNT}:root"
    trusted = json.loads(trust(account))
    trusted["Statement"][0]["Action"] = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    role = admin.iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=json.dumps(trusted))["Role"]
    admin.iam.put_role_policy(
        RoleName=role["RoleName"], PolicyName="p", PolicyDocument=document(allow("sts:*"))
    )
    user = create_user(admin, allow("sts:*"))
    of_role = {"RoleArn": role["Arn"], "RoleSessionName": "first"}
    tag = {"Key": "team", "Value": "a"}
    refusal = error_of(user.sts.assume_role, **of_role, Tags=[tag, {"Key": "TEAM", "Value": "b"}])
    words = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    assert refusal == (400, "InvalidParameterValue", words)
    refusal = error_of(user.sts.assume_role, **of_role, Tags=[tag], TransitiveTagKeys=["other"])
    words = "The specified transitive tag key must be included in the requested tags."
    assert refusal == (400, "InvalidParameterValue", words)
    first = user.sts.assume_role(**of_role, Tags=[tag], TransitiveTagKeys=["Team"], SourceIdentity="ada")
    session = admin.as_user(first["Credentials"])
    refusal = error_of(session.sts.assume_role, **of_role, Tags=[{"Key": "TEAM", "Value": "b"}])
    words = (
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive "
        "tag key from the calling session."
    )
    assert refusal == (400, "InvalidParameterValue", words)
    assert error_of(session.sts.assume_role, **of_role, SourceIdentity="eve")[:2] == (403, "AccessDenied")
    second = session.sts.assume_role(**of_role, SourceIdentity="ada")
    assert second["SourceIdentity"] == "ada"


def test_a_role_s_description_and_longest_session(admin):
    name = unique("role")
    admin.iam.create_role(RoleName=name, AssumeRolePolicyDocument=LAMBDA_TRUST)
    answer = admin.iam.update_role(RoleName=name, Description="d", MaxSessionDuration=7200)
    assert set(answer) == {"ResponseMetadata"}
    role = admin.iam.get_role(RoleName=name)["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("d", 7200)


def test_a_simulation_answers_once_for_each_action(admin):
    """As the API reference has it since 2026: what holds for all resources, and what for each."""
    policy = document(allow("s3:Get*", on="arn:aws:s3:::a/*"))
    resources = ["arn:aws:s3:::a/1", "arn:aws:s3:::b/1"]
    simulate = admin.iam.simulate_custom_policy
    answer = simulate(
        PolicyInputList=[policy], ActionNames=["s3:GetObject", "s3:PutObject"], ResourceArns=resources
    )
    results = answer["EvaluationResults"]
    assert [(r["EvalActionName"], r["EvalDecision"]) for r in results] == [
        ("s3:GetObject", "implicitDeny"),
        ("s3:PutObject", "implicitDeny"),
    ]
    each = [(r["EvalResourceName"], r["EvalResourceDecision"]) for r in results[0]["ResourceSpecificResults"]]
    assert each == list(zip(resources, ["allowed", "implicitDeny"], strict=True))
    page = simulate(PolicyInputList=[policy], ActionNames=["s3:GetObject", "s3:PutObject"], MaxItems=1)
    assert page["IsTruncated"] and len(page["EvaluationResults"]) == 1


def test_a_simulation_across_accounts_says_what_each_side_says(admin):
    caller = "arn:aws:iam::111111111111:user/ada"
    granted = {"Effect": "Allow", "Principal": {"AWS": caller}, "Action": "s3:*", "Resource": "*"}
    answer = admin.iam.simulate_custom_policy(
        PolicyInputList=[document(allow("sqs:*"))],
        ActionNames=["s3:GetObject"],
        ResourceArns=["arn:aws:s3:::a/1"],
        ResourcePolicy=document(granted),
        CallerArn=caller,
        ResourceOwner="arn:aws:iam::222222222222:root",
    )
    result = answer["EvaluationResults"][0]
    assert result["EvalDecision"] == "implicitDeny"
    assert result["EvalDecisionDetails"] == {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"}
