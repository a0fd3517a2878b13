"""A table's own policy against the other layers, with signed calls: boundaries, session policies,
sessions of roles, other accounts ("Policy evaluation logic" and "NotPrincipal" of the IAM user guide).
"""

import pytest
from botocore.exceptions import ClientError

from harness.clients import Clients
from harness.environment import ACCOUNT, REGION
from harness.identities import allow, deny, document, unique
from harness.microservice import create_table

OTHER = "111111111111"
READ, ALL, ELSEWHERE = allow("dynamodb:GetItem"), allow("*"), allow("s3:*")


def to(*names: str, effect: str = "Allow", element: str = "Principal") -> dict:
    """A statement of the table's policy; the names are those of `names_of`, `*` everyone."""
    return {"effect": effect, "element": element, "names": names}


def all_but(*names: str) -> dict:
    return to(*names, effect="Deny", element="NotPrincipal")


# Who calls, what its identity allows, its boundary and session policy, the table's policy, the outcome.
CASES = {
    "nothing": ("user", [], None, None, [], False),
    "identity alone": ("user", [READ], None, None, [], True),
    "user by name": ("user", [], None, None, [to("itself")], True),
    "another user by name": ("user", [], None, None, [to("root", "else")], False),
    "through the account, no identity": ("user", [], None, None, [to("root")], False),
    "through the account": ("user", [READ], None, None, [to("root")], True),
    "everyone": ("user", [], None, None, [to("*")], True),
    "denied by name": ("user", [ALL], None, None, [to("itself", effect="Deny")], False),
    "denied by account": ("user", [ALL], None, None, [to("root", effect="Deny")], False),
    "all but itself denied": ("user", [ALL], None, None, [all_but("itself", "root")], True),
    "all but another denied": ("user", [ALL], None, None, [all_but("else", "root")], False),
    "silent boundary, identity": ("user", [READ], [ELSEWHERE], None, [], False),
    "silent boundary, by name": ("user", [], [ELSEWHERE], None, [to("itself")], True),
    "denying boundary, by name": ("user", [ALL], [ALL, deny("dynamodb:*")], None, [to("itself")], False),
    "boundary alone": ("user", [], [ALL], None, [], False),
    "role by name": ("session", [], None, None, [to("role")], True),
    "session by name": ("session", [], None, None, [to("itself")], True),
    "another session by name": ("session", [], None, None, [to("else")], False),
    "denied through the role": ("session", [ALL], None, None, [to("role", effect="Deny")], False),
    "all but the role denied": ("session", [ALL], None, None, [all_but("role", "root")], False),
    "all but the session denied": ("session", [ALL], None, None, [all_but("role", "itself", "root")], True),
    "role's boundary, role by name": ("session", [], [ELSEWHERE], None, [to("role")], False),
    "role's boundary, session by name": ("session", [], [ELSEWHERE], None, [to("itself")], True),
    "session policy, identity": ("session", [ALL], None, [ELSEWHERE], [], False),
    "session policy, role by name": ("session", [], None, [ELSEWHERE], [to("role")], False),
    "session policy, session by name": ("session", [], None, [ELSEWHERE], [to("itself")], True),
    "session policy allows, role by name": ("session", [], None, [READ], [to("role")], True),
    "session policy denies, by name": ("session", [ALL], None, [ALL, deny("*")], [to("itself")], False),
    "stranger, identity alone": ("stranger", [ALL], None, None, [], False),
    "stranger by name alone": ("stranger", [], None, None, [to("itself")], False),
    "stranger, both": ("stranger", [READ], None, None, [to("itself")], True),
    "stranger through its account": ("stranger", [READ], None, None, [to("root")], True),
    "stranger as one of everyone": ("stranger", [READ], None, None, [to("*")], True),
    "stranger with a boundary": ("stranger", [READ], [ELSEWHERE], None, [to("itself")], False),
    "stranger denied": ("stranger", [READ], None, None, [to("root"), to("itself", effect="Deny")], False),
    "strange session, role by name": ("strange session", [READ], None, None, [to("role")], True),
    "strange session, session policy": ("strange session", [READ], None, [ELSEWHERE], [to("itself")], False),
}


@pytest.fixture(scope="module")
def table(shared) -> str:
    admin, name = Clients(shared.endpoint), unique("layers")
    create_table(admin, name)
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


def caller(admin: Clients, identity: list, boundary: list | None) -> tuple[Clients, str]:
    """A user of the administrator's account; its clients and name."""
    iam, name = admin.iam, unique("caller")
    iam.create_user(UserName=name, **bounded(admin, boundary))
    if identity:
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(*identity))
    return admin.as_user(iam.create_access_key(UserName=name)["AccessKey"]), name


def bounded(admin: Clients, boundary: list | None) -> dict:
    if boundary is None:
        return {}
    policy = admin.iam.create_policy(PolicyName=unique("boundary"), PolicyDocument=document(*boundary))
    return {"PermissionsBoundary": policy["Policy"]["Arn"]}


def session(admin: Clients, account: str, identity: list, boundary: list | None, policy: list | None):
    """A session of a role of the account; its clients and the role's name."""
    iam, name = admin.iam, unique("caller")
    trusted = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=document(trusted), **bounded(admin, boundary)
    )["Role"]["Arn"]
    if identity:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(*identity))
    limits = {} if policy is None else {"Policy": document(*policy)}
    user, _ = caller(admin, [allow("sts:AssumeRole")], None)
    made = user.sts.assume_role(RoleArn=arn, RoleSessionName="here", **limits)
    return admin.as_user(made["Credentials"]), name


@pytest.mark.parametrize("case", CASES)
def test_layers(shared, table, case):
    who, identity, boundary, limits, statements, expected = CASES[case]
    owner = Clients(shared.endpoint)
    account = OTHER if "strange" in who else ACCOUNT
    admin = Clients(shared.endpoint, account, "test") if account == OTHER else owner
    if "session" in who:
        clients, name = session(admin, account, identity, boundary, limits)
        itself = f"arn:aws:sts::{account}:assumed-role/{name}/here"
    else:
        clients, name = caller(admin, identity, boundary)
        itself = f"arn:aws:iam::{account}:user/{name}"
    _, other = caller(admin, [], None)
    names = {
        "itself": itself,
        "role": f"arn:aws:iam::{account}:role/{name}",
        "root": f"arn:aws:iam::{account}:root",
        "else": itself.replace("/here", "/there") if "session" in who else f"arn:aws:iam::{account}:user/{other}",
        "*": "*",
    }
    policy = [
        {
            "Effect": statement["effect"],
            statement["element"]: {"AWS": [names[name] for name in statement["names"]]},
            "Action": "dynamodb:GetItem",
            "Resource": table,
        }
        for statement in statements
    ]
    if policy:
        owner.dynamodb.put_resource_policy(ResourceArn=table, Policy=document(*policy))
    try:
        clients.dynamodb.get_item(TableName=table, Key={"id": {"S": "1"}})
        allowed = True
    except ClientError as refusal:
        assert refusal.response["Error"]["Code"] == "AccessDeniedException", refusal
        allowed = False
    owner.dynamodb.delete_resource_policy(ResourceArn=table)
    assert allowed is expected
