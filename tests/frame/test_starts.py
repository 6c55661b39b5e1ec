"""Functions start alone, each in a process of its own, as they are deployed: two of each domain.

`tests/soak/test_starts.py` starts all of them.
"""

from itertools import groupby

import pytest

from tests.starts import answers_alone
from tools.manifest import endpoints

PER_DOMAIN = 2

# Spread over each domain's names, so that they are not two of a kind (list, list).
SAMPLE = [
    spec
    for _, group in groupby(endpoints(), key=lambda spec: spec.domain)
    for specs in [list(group)]
    for spec in specs[:: max(1, len(specs) // PER_DOMAIN)][:PER_DOMAIN]
]


@pytest.mark.parametrize("spec", SAMPLE, ids=lambda spec: spec.name)
def test_a_function_starts_alone(cloud, spec, tmp_path) -> None:
    answers_alone(cloud, spec, tmp_path / "function.log")
