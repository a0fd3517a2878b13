"""Functions' code and layers in the folder that stands for S3."""

import pytest

from harness import functions
from harness.clients import refused
from harness.identities import allow, create_role, create_user, unique
from harness.microservice import create_function, function_arn, value_of

HANDLER = b"import told\ndef handler(event, context):\n    return told.ANSWER\n"


def put(server, bucket: str, key: str, files: dict[str, bytes]) -> None:
    path = server.data / "s3" / bucket / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(functions.zip_of(files))


@pytest.fixture
def bucket(shared) -> str:
    name = unique("bucket")
    put(shared, name, "code.zip", {"app.py": HANDLER, "told.py": b"ANSWER = 1\n"})
    put(shared, name, "releases/2.zip", {"app.py": HANDLER, "told.py": b"ANSWER = 2\n"})
    put(shared, name, "bare.zip", {"app.py": HANDLER})
    put(shared, name, "layer.zip", {"python/told.py": b"ANSWER = 3\n"})
    return name


def package(bucket: str, key: str) -> dict:
    code = {"S3Bucket": bucket, "S3Key": key}
    return {"Runtime": functions.PYTHON, "Handler": "app.handler", "Code": code}


def test_functions_are_made_and_changed_from_objects(admin, bucket):
    function = create_function(admin, package(bucket, "code.zip"), create_role(admin))
    assert value_of(admin, function, {}) == 1
    admin.lambda_.update_function_code(FunctionName=function, S3Bucket=bucket, S3Key="releases/2.zip")
    admin.lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)
    assert value_of(admin, function, {}) == 2


def test_layers_are_published_from_objects(admin, bucket):
    content = {"S3Bucket": bucket, "S3Key": "layer.zip"}
    layer = admin.lambda_.publish_layer_version(LayerName=unique("layer"), Content=content)
    layers = [layer["LayerVersionArn"]]
    function = create_function(admin, package(bucket, "bare.zip"), create_role(admin), Layers=layers)
    assert value_of(admin, function, {}) == 3


@pytest.mark.parametrize(
    ("named", "key", "code", "message"),
    [
        ("no-such", "code.zip", "NoSuchBucket", "The specified bucket does not exist"),
        (None, "none.zip", "NoSuchKey", "The specified key does not exist."),
        (None, "releases", "NoSuchKey", "The specified key does not exist."),
        (None, "../code.zip", "NoSuchKey", "The specified key does not exist."),
    ],
)
def test_what_is_not_there_is_told_as_s3_tells_it(admin, bucket, named, key, code, message):
    told = f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"
    wanted = package(named or bucket, key)
    with refused("InvalidParameterValueException", 400, told):
        admin.lambda_.create_function(FunctionName=unique("function"), Role=create_role(admin), **wanted)


def test_code_is_read_in_the_callers_name(admin, bucket):
    """Who may change functions may not read what is in buckets by that."""
    function = create_function(admin, package(bucket, "code.zip"), create_role(admin))
    change = allow("lambda:UpdateFunctionCode", on=function_arn(function))
    read = allow("s3:GetObject", on=f"arn:aws:s3:::{bucket}/releases/*")
    code = {"FunctionName": function, "S3Bucket": bucket}
    unable = create_user(admin, change)
    with refused("AccessDeniedException", 403):
        unable.lambda_.update_function_code(**code, S3Key="releases/2.zip")
    able = create_user(admin, change, read)
    able.lambda_.update_function_code(**code, S3Key="releases/2.zip")
    with refused("AccessDeniedException", 403):
        able.lambda_.update_function_code(**code, S3Key="code.zip")
