"""Every function of the manifest starts alone."""

import pytest

from tests.starts import answers_alone
from tools.manifest import endpoints


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_every_function_starts_alone(cloud, tmp_path, record_property) -> None:
    specs = endpoints()
    for spec in specs:
        answers_alone(cloud, spec, tmp_path / f"{spec.name}.log")
    record_property("functions that start alone and answer as themselves", len(specs))
