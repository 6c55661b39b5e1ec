"""Functions start alone, each in a process of its own, as they are deployed: one of each domain.

`tests/soak/test_starts.py` starts all of them.
"""

from itertools import groupby

import pytest

from tests.starts import answers_alone
from tools.manifest import endpoints

# From the middle of each domain's names, so that they are not all of a kind (add, add).
SAMPLE = [
    specs[len(specs) // 2] for _, group in groupby(endpoints(), key=lambda spec: spec.domain) for specs in [list(group)]
]


@pytest.mark.parametrize("spec", SAMPLE, ids=lambda spec: spec.name)
def test_a_function_starts_alone(cloud, spec, tmp_path) -> None:
    answers_alone(cloud, spec, tmp_path / "function.log")
