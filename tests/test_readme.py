"""The README's commands, as they stand there."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.environment import ROOT, client_environment
from harness.server import binary

README = (ROOT / "README.md").read_text()


def commands(title: str) -> str:
    """The shell blocks of a section, as one script."""
    section = README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", section, flags=re.DOTALL | re.MULTILINE))


def test_by_hand(serve, tmp_path):
    """Run by bash, from the top of the project, with this test's server instead of the default port."""
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    server = serve()
    script = commands("By hand").replace("cargo run --release -- serve\n", "")
    script = script.replace(":4566", f":{server.port}").replace("/tmp/", f"{tmp_path}/")
    script = script.replace("cargo run --release --", str(binary()))
    script = script.replace("curl -d", "curl --silent --show-error --fail -d")
    env = client_environment(server.endpoint) | {"FOGBANK_ENDPOINT": server.endpoint}
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]])
    del env["AWS_ENDPOINT_URL"], env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "answer.json").read_text() == '"pong"'
    listed = re.search(r'\{"Items".*\}', done.stdout)[0]
    assert json.loads(listed) == {"Items": [{"id": "1234ABCD", "number": 5}], "Count": 1, "ScannedCount": 1}
    assert "REPORT RequestId: " in done.stdout


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_links(link):
    assert (ROOT / link).exists()


def test_the_two_commands():
    blocks = re.findall(r"^```sh\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
    assert blocks[:2] == ["cargo run --release -- up examples/dynamodb-manager\n", "cargo xtask test\n"]
