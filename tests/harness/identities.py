"""Principals and their policies, made with boto3."""

import json
import uuid

from .environment import ACCOUNT


def unique(kind: str) -> str:
    """A name that no other test uses."""
    return f"{kind}-{uuid.uuid4().hex[:12]}"


def document(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, on: str = "*", **more) -> dict:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def deny(*actions: str, on: str = "*", **more) -> dict:
    return {"Effect": "Deny", "Action": list(actions), "Resource": on, **more}


LAMBDA_TRUST = document(
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
)


def trust(principal_arn: str) -> str:
    return document({"Effect": "Allow", "Principal": {"AWS": principal_arn}, "Action": "sts:AssumeRole"})


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def create_role(clients, *statements: dict, trusted: str = LAMBDA_TRUST) -> str:
    """A role with an inline policy of these statements; answers its ARN."""
    name = unique("role")
    arn = clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    if statements:
        clients.iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document(*statements))
    return arn


def create_user(clients, *statements: dict, name: str | None = None):
    """A user with an inline policy of these statements; answers the user's own clients."""
    name = name or unique("user")
    clients.iam.create_user(UserName=name)
    if statements:
        clients.iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=document(*statements))
    return clients.as_user(clients.iam.create_access_key(UserName=name)["AccessKey"])
