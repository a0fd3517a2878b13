"""Function packages: zips made from the sources under tests/functions and examples."""

import io
import sys
import zipfile
from pathlib import Path

from .environment import ROOT

FUNCTIONS = Path(__file__).resolve().parents[1] / "functions"
EXAMPLES = ROOT / "examples"

# The interpreter that this machine surely has: the one that runs the tests.
PYTHON = f"python3.{sys.version_info.minor}"


def zip_of(files: dict[str, bytes], executable: bool = False) -> bytes:
    """A zip with these files, the same bytes every time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            entry.external_attr = (0o755 if executable else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()


def folder(path: Path) -> bytes:
    """A zip of the files that lie in a folder."""
    return zip_of({entry.name: entry.read_bytes() for entry in path.iterdir() if entry.is_file()})


def probe() -> dict:
    """CreateFunction's arguments for the Python probe."""
    return {"Runtime": PYTHON, "Handler": "probe.handler", "Code": {"ZipFile": folder(FUNCTIONS / "probe")}}


def authorizer() -> dict:
    """CreateFunction's arguments for an authorizer that does as its token says."""
    code = {"ZipFile": folder(FUNCTIONS / "authorizer")}
    return {"Runtime": PYTHON, "Handler": "authorizer.handler", "Code": code}


def probe_node() -> dict:
    """CreateFunction's arguments for the Node probe."""
    return {
        "Runtime": "nodejs20.x",
        "Handler": "index.handler",
        "Code": {"ZipFile": folder(FUNCTIONS / "probe_node")},
    }


def bootstrap() -> Path:
    """The Rust example's binary, built once by `cargo xtask test`."""
    path = EXAMPLES / "dynamodb-manager-rust" / "target" / "release" / "dynamodb-manager"
    assert path.is_file(), f"{path} is missing: `cargo xtask test` builds it"
    return path


def manager(language: str) -> dict:
    """CreateFunction's arguments for the example microservice."""
    if language == "rust":
        code = zip_of({"bootstrap": bootstrap().read_bytes()}, executable=True)
        return {"Runtime": "provided.al2023", "Handler": "bootstrap", "Code": {"ZipFile": code}}
    source = EXAMPLES / "dynamodb-manager" / "function"
    return {"Runtime": PYTHON, "Handler": "manager.handler", "Code": {"ZipFile": folder(source)}}
