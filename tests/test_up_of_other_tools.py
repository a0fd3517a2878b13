"""`fogbank up` on what other tools write: `cdk synth`, with assets beside the template, and `serverless package`."""

import json
import re
import zipfile

import pytest

from harness import http
from harness.clients import Clients
from harness.environment import server_environment
from harness.server import Process
from test_up import UP_SECONDS, up  # noqa: F401  (a fixture)

ASSET = "ca4e41ba6d95c257d8e11c017ac401f2432aa0d4beed212daf1cf2f51a6b3cb4"
BUCKET = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
MANAGED = ":iam::aws:policy/"


def managed(name):
    return {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, MANAGED + name]]}


TEMPLATE = {
    "Resources": {
        "HelloServiceRole3AC82EE1": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Statement": [
                        {
                            "Action": "sts:AssumeRole",
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                        }
                    ],
                    "Version": "2012-10-17",
                },
                "ManagedPolicyArns": [
                    managed("service-role/AWSLambdaBasicExecutionRole"),
                    managed("TranslateReadOnly"),
                ],
            },
        },
        "HelloC4345940": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"S3Bucket": {"Fn::Sub": BUCKET}, "S3Key": f"{ASSET}.zip"},
                "Handler": "app.handler",
                "Role": {"Fn::GetAtt": ["HelloServiceRole3AC82EE1", "Arn"]},
                "Runtime": "python3.12",
            },
            "DependsOn": ["HelloServiceRole3AC82EE1"],
            "Metadata": {"aws:cdk:path": "S/Hello/Resource"},
        },
        "HelloUrl": {
            "Type": "AWS::Lambda::Url",
            "Properties": {"AuthType": "NONE", "TargetFunctionArn": {"Fn::GetAtt": ["HelloC4345940", "Arn"]}},
        },
        "HelloUrlPermission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunctionUrl",
                "FunctionName": {"Fn::GetAtt": ["HelloC4345940", "Arn"]},
                "FunctionUrlAuthType": "NONE",
                "Principal": "*",
            },
        },
        "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:deflate64:x"}},
    },
    "Parameters": {
        "BootstrapVersion": {
            "Type": "AWS::SSM::Parameter::Value<String>",
            "Default": "/cdk-bootstrap/hnb659fds/version",
            "Description": "Version of the CDK Bootstrap resources in this environment",
        }
    },
    "Rules": {
        "CheckBootstrapVersion": {
            "Assertions": [{"Assert": {"Fn::Not": [{"Fn::Contains": [["1"], {"Ref": "BootstrapVersion"}]}]}}]
        }
    },
}
MANIFEST = {
    "version": "55.0.0",
    "files": {
        ASSET: {
            "displayName": "Hello/Code",
            "source": {"path": f"asset.{ASSET}", "packaging": "zip"},
            "destinations": {
                "current_account-current_region-cd910076": {"bucketName": BUCKET, "objectKey": f"{ASSET}.zip"}
            },
        }
    },
}


@pytest.fixture
def synthesised(tmp_path):
    out = tmp_path / "cdk.out"
    asset = out / f"asset.{ASSET}"
    asset.mkdir(parents=True)
    (asset / "app.py").write_text("def handler(event, context): return 'hello from an asset'\n")
    # What the asset holds is complete: nothing is installed.
    (asset / "requirements.txt").write_text("no-such-package-anywhere\n")
    (out / "S.template.json").write_text(json.dumps(TEMPLATE))
    (out / "S.assets.json").write_text(json.dumps(MANIFEST))
    return out


def test_an_app_of_one_stack(up, synthesised):  # noqa: F811
    service = up(synthesised)
    assert "the rules of a template are not checked" in service.process.output
    (function,) = service.admin.lambda_.list_functions()["Functions"]
    name = function["FunctionName"]
    url = service.admin.lambda_.get_function_url_config(FunctionName=name)["FunctionUrl"]
    url_id = re.search(r"//([a-z0-9]+)\.", url)[1]
    assert http.request(service.port, "GET", f"/_aws/lambda-url/{url_id}/").text == "hello from an asset"
    # A policy about a service that is not here is left out.
    role = function["Role"].rsplit("/", 1)[1]
    attached = service.admin.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["AWSLambdaBasicExecutionRole"]


def test_a_package_of_the_serverless_framework(up, tmp_path):  # noqa: F811
    role = TEMPLATE["Resources"]["HelloServiceRole3AC82EE1"]
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {
                "S3Bucket": {"Ref": "ServerlessDeploymentBucket"},
                "S3Key": "serverless/shop/dev/1795455838584-2026-11-23T17:43:58.584Z/shop.zip",
            },
            "FunctionName": "shop-dev-hello",
            "Handler": "app.handler",
            "Role": {"Fn::GetAtt": ["IamRoleLambdaExecution", "Arn"]},
            "Runtime": "python3.12",
        },
    }
    url = {
        "Type": "AWS::Lambda::Url",
        "Properties": {"AuthType": "AWS_IAM", "TargetFunctionArn": {"Fn::GetAtt": ["HelloLambdaFunction", "Arn"]}},
    }
    bucket = {"Ref": "ServerlessDeploymentBucket"}
    template = {
        "Resources": {
            "ServerlessDeploymentBucket": {"Type": "AWS::S3::Bucket"},
            "ServerlessDeploymentBucketPolicy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": bucket}},
            "IamRoleLambdaExecution": role,
            "HelloLambdaFunction": function,
            "HelloUrl": url,
        },
        "Outputs": {"ServerlessDeploymentBucketName": {"Value": bucket}, "Hello": {"Value": {"Ref": "HelloLambdaFunction"}}},
    }
    out = tmp_path / "shop" / ".serverless"
    out.mkdir(parents=True)
    (out / "cloudformation-template-update-stack.json").write_text(json.dumps(template))
    with zipfile.ZipFile(out / "shop.zip", "w") as package:
        package.writestr("app.py", "def handler(event, context): return 'hello from a package'\n")
    process = Process(["up", str(out), "--listen", "127.0.0.1:0", "--data", str(tmp_path / "data")], server_environment())
    try:
        endpoint = process.wait_for(r"http://127\.0\.0\.1:\d+", UP_SECONDS)[0]
        process.wait_for(r"^Ready\.$", UP_SECONDS)
        assert "for signed requests" in process.output
        answer = Clients(endpoint).lambda_.invoke(FunctionName="shop-dev-hello")
        assert json.load(answer["Payload"]) == "hello from a package"
    finally:
        process.kill()
