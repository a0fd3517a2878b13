"""Tags of everything in API Gateway that can be tagged, by their ARNs."""

import pytest

from harness.clients import Clients, refused
from harness.identities import unique
from harness.rest import Rest

ARN = "arn:aws:apigateway:us-east-1::"


def stage(admin: Clients) -> str:
    api = Rest(admin)
    api.method("GET")
    api.deploy()
    return f"/restapis/{api.id}/stages/test"


def vpc_link(admin: Clients) -> str:
    balancer = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/a/1"
    return "/vpclinks/" + admin.apigateway.create_vpc_link(name="link", targetArns=[balancer])["id"]


def domain_name(admin: Clients) -> str:
    name = f"{unique('tagged')}.example.com".lower()
    arn = "arn:aws:acm:us-east-1:000000000000:certificate/x"
    admin.apigateway.create_domain_name(
        domainName=name, regionalCertificateArn=arn, endpointConfiguration={"types": ["REGIONAL"]}
    )
    return f"/domainnames/{name}"


TAGGABLE = {
    "REST API": lambda admin: f"/restapis/{Rest(admin).id}",
    "stage": stage,
    "API key": lambda admin: "/apikeys/" + admin.apigateway.create_api_key(name=unique("key"))["id"],
    "usage plan": lambda admin: "/usageplans/" + admin.apigateway.create_usage_plan(name=unique("plan"))["id"],
    "client certificate": lambda admin: (
        "/clientcertificates/" + admin.apigateway.generate_client_certificate()["clientCertificateId"]
    ),
    "VPC link": vpc_link,
    "domain name": domain_name,
}


@pytest.mark.parametrize("kind", TAGGABLE)
def test_tags(admin, kind):
    arn = ARN + TAGGABLE[kind](admin)
    client = admin.apigateway
    client.tag_resource(resourceArn=arn, tags={"team": "a", "stage": "dev"})
    client.tag_resource(resourceArn=arn, tags={"team": "b"})
    assert client.get_tags(resourceArn=arn)["tags"] == {"team": "b", "stage": "dev"}
    client.untag_resource(resourceArn=arn, tagKeys=["stage", "absent"])
    assert client.get_tags(resourceArn=arn)["tags"] == {"team": "b"}


@pytest.mark.parametrize("path", ["/apikeys/absent", "/usageplans/absent", "/restapis/absent", "/nothing/x"])
def test_tags_of_what_is_not_there(admin, path):
    with refused("NotFoundException", 404):
        admin.apigateway.get_tags(resourceArn=ARN + path)
