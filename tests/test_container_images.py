"""Functions that are container images, from layouts on this machine."""

import shutil

import pytest

from harness import functions, images
from harness.clients import Clients
from harness.environment import server_environment
from harness.identities import allow, create_role, unique
from harness.microservice import LOGS, create_function, invoke, value_of
from test_up import up  # noqa: F401  (a fixture)

PROGRAM = {
    "Entrypoint": ["python", "/app/runtime.py"],
    "Cmd": ["app.handler", "more"],
    "Env": ["PATH=/opt/python/bin", "GREETING=hello", "OVERRIDDEN=image"],
    "WorkingDir": "/app",
}

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Contained:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: contained
      PackageType: Image
      ImageUri: URI
      ImageConfig: {Command: [templated.handler]}
      Timeout: 10
      Events: {Call: {Type: Api, Properties: {Path: /call, Method: get}}}
"""


@pytest.fixture(scope="module")
def layers() -> list[bytes]:
    app = {"app/runtime.py": images.RUNTIME, "app/here": "here", "app/gone": "gone"}
    return [images.python_layer(), images.layer(app), images.layer({"app/.wh.gone": ""})]


@pytest.fixture
def clients(serve) -> Clients:
    return Clients(serve("--hot-reload").endpoint)


@pytest.fixture
def layout(tmp_path) -> images.Layout:
    return images.Layout(tmp_path / "layout")


def package(uri, **more) -> dict:
    return {"PackageType": "Image", "Code": {"ImageUri": str(uri)}, "Timeout": 10, **more}


def make(clients, uri, **more) -> str:
    return create_function(clients, package(uri, **more), create_role(clients, allow(*LOGS)))


def refusal(clients, call, **arguments) -> str:
    with pytest.raises(clients.lambda_.exceptions.InvalidParameterValueException) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Message"]


def test_an_image_runs_in_a_root_of_its_own(clients, layout, layers):
    digest = layout.add("v1", layers, **PROGRAM)
    uri = f"file://{layout.folder}:v1"
    variables = {"Variables": {"OVERRIDDEN": "function"}}
    function = make(clients, uri, Environment=variables)
    found = value_of(clients, function, {"read": "/app/here", "write": "/tmp/x"})
    assert (found["file"], found["write"]) == ("here", 1)
    assert found["arguments"] == ["app.handler", "more"]
    assert found["folder"] == "/app"
    told = found["variables"]
    assert (told["GREETING"], told["OVERRIDDEN"]) == ("hello", "function")
    assert told["_HANDLER"] == "app.handler"
    assert "usr" not in found["top"] or "share" not in found["file"]
    for path in ("/app/gone", "/etc/passwd", "/.own", "/.old", str(layout.folder / "index.json")):
        assert value_of(clients, function, {"read": path})["file"] == "FileNotFoundError", path
    for path in ("/app/here", "/new", "/etc/hosts"):
        refused = value_of(clients, function, {"write": path})["write"]
        assert refused in ("OSError", "PermissionError"), path

    answer = clients.lambda_.get_function(FunctionName=function)
    assert answer["Code"] == {
        "RepositoryType": "ECR",
        "ImageUri": uri,
        "ResolvedImageUri": f"{layout.folder}@{digest}",
    }
    configuration = answer["Configuration"]
    assert configuration["PackageType"] == "Image"
    assert configuration["CodeSha256"] == digest.removeprefix("sha256:")
    assert configuration["CodeSize"] == 0
    absent = {"Runtime", "Handler", "Layers", "RuntimeVersionConfig", "ImageConfigResponse"}
    assert not absent & set(configuration)


def test_the_function_overrides_its_image(clients, layout, layers):
    layout.add("v1", layers, **PROGRAM)
    config = {"Command": ["other.handler"], "WorkingDirectory": "/tmp"}
    function = make(clients, f"{layout.folder}:v1", ImageConfig=config)
    found = value_of(clients, function, {})
    assert (found["arguments"], found["folder"]) == (["other.handler"], "/tmp")
    answer = clients.lambda_.get_function_configuration(FunctionName=function)
    assert answer["ImageConfigResponse"] == {"ImageConfig": config}
    config = {"EntryPoint": ["/opt/python/bin/python", "runtime.py"]}
    answer = clients.lambda_.update_function_configuration(FunctionName=function, ImageConfig=config)
    assert answer["ImageConfigResponse"] == {"ImageConfig": config}
    clients.lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)
    found = value_of(clients, function, {})
    assert (found["arguments"], found["folder"]) == (["app.handler", "more"], "/app")


def test_templates_have_images(up, layout, layers, tmp_path):  # noqa: F811
    layout.add("v1", layers, **PROGRAM)
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE.replace("URI", f"{layout.folder}:v1"))
    service = up(template, server_environment(FOGBANK_HOT_RELOAD="true"))
    assert value_of(service.admin, "contained", {})["arguments"] == ["templated.handler"]


def test_versions_keep_their_image(serve, layout, layers):
    server = serve("--hot-reload")
    clients = Clients(server.endpoint)
    first = layout.add("v1", layers, **PROGRAM)
    second = layout.add("v2", [*layers, images.layer({"app/here": "new"})], **PROGRAM)
    function = make(clients, f"{layout.folder}:v1", Publish=True)
    update = {"FunctionName": function, "ImageUri": f"{layout.folder}:v2"}
    answer = clients.lambda_.update_function_code(**update)
    assert answer["CodeSha256"] == second.removeprefix("sha256:")
    clients.lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)
    shutil.rmtree(next(server.data.rglob(f"image-{first.removeprefix('sha256:')}")))
    server.restart()
    for qualifier, expected in (("$LATEST", "new"), ("1", "here")):
        answer = invoke(clients, function, {"read": "/app/here"}, Qualifier=qualifier)
        assert answer["Payload"]["file"] == expected


def test_tar_files_are_layouts_too(clients, layout, layers, tmp_path):
    digest = layout.add("latest", layers, **PROGRAM)
    old = tmp_path / "saved.tar"
    image_id = images.saved(old, "v1", layers, **PROGRAM)
    for uri, expected in ((layout.tar(tmp_path / "layout.tar"), digest), (f"{old}:v1", image_id)):
        function = make(clients, uri)
        assert value_of(clients, function, {"read": "/app/here"})["file"] == "here"
        told = clients.lambda_.get_function_configuration(FunctionName=function)
        assert told["CodeSha256"] == expected.removeprefix("sha256:")


def test_images_that_cannot_be_started_say_so(clients, layout, layers):
    layout.add("v1", layers, **{**PROGRAM, "Entrypoint": ["/missing"]})
    failed = invoke(clients, make(clients, f"{layout.folder}:v1"), {})
    assert failed["Payload"]["errorType"] == "Runtime.InvalidEntrypoint"
    message = "Error: fork/exec /missing: no such file or directory"
    assert failed["Payload"]["errorMessage"].endswith(message)


def test_images_lead_nowhere_out(clients, layout, layers, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    links = {"l": ("symlink", str(tmp_path)), "etc": ("symlink", str(tmp_path)), "tmp": ("symlink", "/")}
    layout.add("v1", [*layers, images.layer(links)], **PROGRAM)
    function = make(clients, f"{layout.folder}:v1")
    for path in ("/l/secret", "/etc/secret", str(secret)):
        assert value_of(clients, function, {"read": path})["file"] == "FileNotFoundError"
    for bad in (
        {"../out": "x"},
        {"a/../../out": "x"},
        {"copy": ("link", f"../../../..{secret}")},
    ):
        layout.add("bad", [images.layer(bad)], **PROGRAM)
        uri = f"{layout.folder}@{layout.manifests[-1]['digest']}"
        message = refusal(
            clients,
            clients.lambda_.create_function,
            FunctionName=unique("function"),
            Role=create_role(clients),
            **package(uri),
        )
        assert message == f"Source image {uri} is not valid. Provide a valid source image: a layer is not valid."


def test_what_is_no_image_is_refused(clients, layout, layers):
    layout.add("v1", layers, **PROGRAM)
    small = images.layer({"f": "x"})
    layout.add("damaged", [small], **PROGRAM)
    blob = max((layout.folder / "blobs/sha256").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    blob.write_bytes(blob.read_bytes() + b" ")
    role = create_role(clients)

    def check(uri, expected: str, **more):
        arguments = {**package(uri), "FunctionName": unique("function"), "Role": role, **more}
        assert expected in refusal(clients, clients.lambda_.create_function, **arguments)

    registry = "000000000000.dkr.ecr.us-east-1.amazonaws.com/app:latest"
    check(registry, f"Source image {registry} is not valid. Provide a valid source image: images are not")
    missing = f"{layout.folder}:v3"
    check(missing, f"Source image {missing} does not exist. Provide a valid source image.")
    check("/nowhere", "Source image /nowhere does not exist. Provide a valid source image.")
    check("/usr", "neither an OCI layout nor what docker save writes")
    check(f"{layout.folder}", "several images")
    check(f"{layout.folder}:damaged", "does not have the digest that names it")
    good = f"{layout.folder}:v1"
    not_for_images = "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image."
    check(good, not_for_images, Handler="app.handler", Runtime=functions.PYTHON)
    check(good, "SnapStart", SnapStart={"ApplyOn": "PublishedVersions"})
    check(good, "with packageType Zip", PackageType="Zip")
    no_code = "Please provide ImageUri when creating a function with packageType Image."
    check(good, no_code, Code={"ZipFile": functions.zip_of({"app.py": b""})})


def test_functions_stay_what_they_are(clients, layout, layers):
    layout.add("v1", layers, **PROGRAM)
    uri = f"{layout.folder}:v1"
    image = make(clients, uri)
    code = functions.zip_of({"app.py": b"def handler(e, c): pass"})
    zipped = {"Runtime": functions.PYTHON, "Handler": "app.handler", "Code": {"ZipFile": code}}
    zipped = create_function(clients, zipped, create_role(clients))
    update = clients.lambda_.update_function_code
    message = "Please provide ImageUri when updating a function with packageType Image."
    assert refusal(clients, update, FunctionName=image, ZipFile=code) == message
    message = "Please don't provide ImageUri when updating a function with packageType Zip."
    assert refusal(clients, update, FunctionName=zipped, ImageUri=uri) == message
    update = clients.lambda_.update_function_configuration
    assert "PackageType is Image" in refusal(clients, update, FunctionName=image, Handler="a.b")
    assert "PackageType is Zip" in refusal(clients, update, FunctionName=zipped, ImageConfig={"Command": ["x"]})


def test_images_are_for_servers_that_allow_folders(admin, layout, layers):
    with pytest.raises(admin.lambda_.exceptions.ClientError) as caught:
        make(admin, layout.folder)
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("NotImplemented", "Lambda: images need --hot-reload")
