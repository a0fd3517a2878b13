"""Keys and certificates of users that sign in elsewhere: kept, shown, counted and removed."""

import json
import re

import pytest

from harness.clients import TESTS, body_of, error_of
from harness.identities import unique

CASES = json.loads((TESTS / "cases" / "user_credentials.json").read_text())


@pytest.fixture
def user(admin) -> str:
    name = unique("user")
    admin.iam.create_user(UserName=name)
    return name


def test_life_of_an_ssh_public_key(admin, user):
    iam, of_user = admin.iam, {"UserName": user}
    made = iam.upload_ssh_public_key(**of_user, SSHPublicKeyBody=CASES["ssh"])["SSHPublicKey"]
    of_key = of_user | {"SSHPublicKeyId": made["SSHPublicKeyId"]}
    assert re.fullmatch("APKA[A-Z0-9]{17}", made["SSHPublicKeyId"])
    uploaded = made.pop("UploadDate")
    assert made == of_key | {
        "Fingerprint": CASES["fingerprint"],
        "SSHPublicKeyBody": CASES["ssh"],
        "Status": "Active",
    }
    found = iam.get_ssh_public_key(**of_key, Encoding="PEM")["SSHPublicKey"]
    assert found == made | {"SSHPublicKeyBody": CASES["pem"], "UploadDate": uploaded}
    iam.update_ssh_public_key(**of_key, Status="Inactive")
    listed = body_of(iam.list_ssh_public_keys(**of_user))
    assert listed == {
        "SSHPublicKeys": [of_key | {"Status": "Inactive", "UploadDate": uploaded}],
        "IsTruncated": False,
    }
    again = error_of(iam.upload_ssh_public_key, **of_user, SSHPublicKeyBody=CASES["pem"])
    assert again[:2] == (400, "DuplicateSSHPublicKey")
    conflict = (409, "DeleteConflict", "Cannot delete entity, must remove referenced objects first.")
    assert error_of(iam.delete_user, **of_user) == conflict
    iam.delete_ssh_public_key(**of_key)
    assert error_of(iam.get_ssh_public_key, **of_key, Encoding="SSH")[:2] == (404, "NoSuchEntity")
    iam.delete_user(**of_user)


def test_ssh_public_keys_that_are_refused_and_pages_of_them(admin, user):
    iam, of_user = admin.iam, {"UserName": user}
    for body, code in [
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "UnrecognizedPublicKeyEncoding"),
        (CASES["ssh"][:200], "InvalidPublicKey"),
    ]:
        refused = error_of(iam.upload_ssh_public_key, **of_user, SSHPublicKeyBody=body)
        assert refused[:2] == (400, code)
    for body in CASES["more_ssh"]:
        iam.upload_ssh_public_key(**of_user, SSHPublicKeyBody=body)
    full = error_of(iam.upload_ssh_public_key, **of_user, SSHPublicKeyBody=CASES["ssh"])
    assert full == (409, "LimitExceeded", "Cannot exceed quota for SSHPublicKeysPerUser: 5")
    pages = iam.get_paginator("list_ssh_public_keys").paginate(
        **of_user, PaginationConfig={"PageSize": 2}
    )
    sizes = [len(page["SSHPublicKeys"]) for page in pages]
    assert sizes == [2, 2, 1]


def test_life_of_a_signing_certificate(admin, user):
    iam, of_user = admin.iam, {"UserName": user}
    first, second, third = CASES["certificates"]
    made = iam.upload_signing_certificate(**of_user, CertificateBody=first)["Certificate"]
    of_certificate = of_user | {"CertificateId": made["CertificateId"]}
    uploaded = made.pop("UploadDate")
    assert made == of_certificate | {"CertificateBody": first, "Status": "Active"}
    iam.update_signing_certificate(**of_certificate, Status="Inactive")
    assert body_of(iam.list_signing_certificates(**of_user)) == {
        "Certificates": [made | {"Status": "Inactive", "UploadDate": uploaded}],
        "IsTruncated": False,
    }
    again = error_of(iam.upload_signing_certificate, **of_user, CertificateBody=first)
    assert again[:2] == (409, "DuplicateCertificate")
    malformed = error_of(iam.upload_signing_certificate, **of_user, CertificateBody="x")
    assert malformed[:2] == (400, "MalformedCertificate")
    other = iam.upload_signing_certificate(**of_user, CertificateBody=second)["Certificate"]
    full = error_of(iam.upload_signing_certificate, **of_user, CertificateBody=third)
    assert full == (409, "LimitExceeded", "Cannot exceed quota for SigningCertificatesPerUser: 2")
    assert error_of(iam.delete_user, **of_user)[:2] == (409, "DeleteConflict")
    for id in (made["CertificateId"], other["CertificateId"]):
        iam.delete_signing_certificate(**of_user, CertificateId=id)
    gone = error_of(iam.delete_signing_certificate, **of_certificate)
    assert gone[:2] == (404, "NoSuchEntity")
    iam.delete_user(**of_user)
