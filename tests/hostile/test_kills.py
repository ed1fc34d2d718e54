"""Every kind of work outlives kill -9; `tests/kills.py` does the same many more times."""

import sys

import pytest
from kills import survive

pytestmark = [pytest.mark.rendering, pytest.mark.skipif(sys.platform != "linux", reason="other systems kill otherwise")]


@pytest.mark.parametrize(("kind", "kills"), [("training", 2), ("rendering", 2), ("features", 1), ("bundle", 1)])
def test_killed_work_goes_on_to_the_same_end(kind, kills, tiny_world, tmp_path):
    (tmp_path / "world").symlink_to(tiny_world)
    done, problems = survive(kind, tmp_path, kills)
    assert done
    assert problems == []
