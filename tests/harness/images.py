"""Container images written by hand: OCI layouts, and what docker save writes, with this machine's
Python for an operating system."""

import gzip
import hashlib
import io
import json
import os
import platform
import re
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
MANIFEST = "application/vnd.oci.image.manifest.v1+json"

# A runtime client of a few lines: answers what it finds around itself.
RUNTIME = '''
import json, os, sys, http.client

def attempt(action):
    try:
        return action()
    except Exception as error:
        return type(error).__name__

connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    connection.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = connection.getresponse()
    event = json.loads(answer.read())
    request = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    found = {
        "event": event,
        "arguments": sys.argv[1:],
        "folder": os.getcwd(),
        "variables": dict(os.environ),
        "top": sorted(os.listdir("/")),
        "file": attempt(lambda: open(event["read"]).read()),
        "write": attempt(lambda: open(event["write"], "w").write("x")),
    }
    connection.request("POST", f"/2018-06-01/runtime/invocation/{request}/response", json.dumps(found))
    connection.getresponse().read()
'''


def layer(files: dict[str, bytes | str | tuple[str, str]]) -> bytes:
    """A tar file: contents by name; ("symlink" or "link", target) makes a link."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.mode = 0o755
            if isinstance(content, tuple):
                entry.type = tarfile.SYMTYPE if content[0] == "symlink" else tarfile.LNKTYPE
                entry.linkname = content[1]
                tar.addfile(entry)
            else:
                content = content.encode() if isinstance(content, str) else content
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def python_layer() -> bytes:
    """This machine's Python, with what it needs to run anywhere, as /python."""
    program = Path(sys._base_executable).resolve()
    standard = Path(sysconfig.get_path("stdlib"))
    modules = [path for path in (standard / "lib-dynload").glob("*.so") if "tkinter" not in path.name]
    listed = subprocess.run(["ldd", program, *modules], capture_output=True, text=True).stdout
    libraries = {Path(path) for path in re.findall(r"(/\S+) \(0x", listed)}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", dereference=True) as tar:
        for path in libraries:
            tar.add(path.resolve(), path.relative_to("/"))
        tar.add(program, "opt/python/bin/python")
        name = f"opt/python/lib/{standard.name}"
        for path in sorted(standard.rglob("*.py")):
            part = path.relative_to(standard).parts[0]
            if part not in ("site-packages", "test", "idlelib", "ensurepip", "lib2to3", "tkinter"):
                tar.add(path, f"{name}/{path.relative_to(standard)}")
        tar.add(standard / "lib-dynload", f"{name}/lib-dynload")
    return archive.getvalue()


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def configuration(layers: list[bytes], **config) -> bytes:
    document = {
        "architecture": ARCHITECTURE,
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [digest(content) for content in layers]},
    }
    return json.dumps(document).encode()


class Layout:
    """An OCI layout in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.manifests = []
        (folder / "blobs/sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def blob(self, content: bytes) -> dict:
        name = digest(content)
        self.path(name).write_bytes(content)
        return {"digest": name, "size": len(content)}

    def path(self, name: str) -> Path:
        return self.folder / "blobs/sha256" / name.removeprefix("sha256:")

    def add(self, tag: str, layers: list[bytes], **config) -> str:
        """Adds an image; answers its digest."""
        packed = [gzip.compress(content, 1, mtime=0) for content in layers]
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.blob(configuration(layers, **config)),
            "layers": [self.blob(content) for content in packed],
        }
        described = self.blob(json.dumps(manifest).encode())
        annotations = {"org.opencontainers.image.ref.name": tag}
        self.manifests.append({"mediaType": MANIFEST, **described, "annotations": annotations})
        index = {"schemaVersion": 2, "manifests": self.manifests}
        (self.folder / "index.json").write_text(json.dumps(index))
        return described["digest"]

    def tar(self, path: Path) -> Path:
        with tarfile.open(path, "w") as tar:
            for name in sorted(os.listdir(self.folder)):
                tar.add(self.folder / name, name)
        return path


def saved(path: Path, tag: str, layers: list[bytes], **config) -> str:
    """Writes what older versions of docker save write; answers the image's id."""
    content = configuration(layers, **config)
    name = f"{digest(content).removeprefix('sha256:')}.json"
    files = {name: content}
    files |= {f"{number}/layer.tar": content for number, content in enumerate(layers)}
    image = {"Config": name, "RepoTags": [f"app:{tag}"]}
    image["Layers"] = [f"{number}/layer.tar" for number in range(len(layers))]
    files["manifest.json"] = json.dumps([image])
    path.write_bytes(layer(files))
    return digest(content)
