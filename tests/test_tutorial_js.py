"""The same microservice with the AWS SDK for JavaScript v3."""

import pytest

from harness import functions
from harness.identities import unique


@pytest.mark.parametrize("language", ["python", "rust"])
def test_by_hand(node, tmp_path, language):
    package = functions.manager(language)
    archive = tmp_path / "function.zip"
    archive.write_bytes(package["Code"]["ZipFile"])
    name = unique("js")
    assert node("tutorial.mjs", name, str(archive), package["Runtime"], package["Handler"]) == {"done": name}
