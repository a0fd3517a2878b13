"""Signatures and sessions that were good once."""

import pytest

from harness.clients import Clients, refused
from harness.clock import moved_environment, signing_at
from harness.environment import ACCOUNT, server_environment
from harness.identities import allow, create_role, trust
from harness.services import QUERY, SERVICES, call

MINUTE = 60


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("seconds", [-16 * MINUTE, 16 * MINUTE])
def test_a_signature_holds_for_fifteen_minutes(admin, service, seconds):
    with signing_at(seconds):
        code = "SignatureDoesNotMatch" if service in QUERY else "InvalidSignatureException"
        with refused(code, SERVICES[service].refusal_status) as caught:
            call(Clients(admin.endpoint), service)
    message = caught.value.response["Error"]["Message"]
    assert message.startswith("Signature expired: " if seconds < 0 else "Signature not yet current: "), (
        message
    )


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("seconds", [-14 * MINUTE, 14 * MINUTE])
def test_and_no_less(admin, service, seconds):
    with signing_at(seconds):
        call(Clients(admin.endpoint), service)


def test_a_session_expires(serve, tmp_path):
    """Sessions survive a restart and end when they said they would."""
    server = serve()
    admin = Clients(server.endpoint)
    role = create_role(admin, allow("*"), trusted=trust(f"arn:aws:iam::{ACCOUNT}:root"))
    credentials = admin.sts.assume_role(RoleArn=role, RoleSessionName="session", DurationSeconds=900)[
        "Credentials"
    ]
    session = admin.as_user(credentials)
    for ahead, expired in [(0, False), (14 * MINUTE, False), (16 * MINUTE, True)]:
        server.restart(env=moved_environment(server_environment(), ahead, tmp_path))
        with signing_at(ahead):
            for service in SERVICES:
                if not expired:
                    call(session, service)
                    continue
                code = "ExpiredToken" if service in QUERY else "ExpiredTokenException"
                with refused(
                    code,
                    SERVICES[service].refusal_status,
                    "The security token included in the request is expired",
                ):
                    call(session, service)
