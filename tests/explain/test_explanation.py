"""What is read off an explanation."""

import numpy as np
import pytest

from hprotopnet.explain.explanation import LevelExplanation, PrototypeEvidence


def level(contributions: list[float], speaking: float | None) -> LevelExplanation:
    rows = [PrototypeEvidence(i, 0.9, 0.1, c, (0, 0, 0), np.ones((1, 1, 1)), ()) for i, c in enumerate(contributions)]
    return LevelExplanation("class", "Rafting", 0.9, "Kayaking", None, None, {}, tuple(rows), speaking)


@pytest.mark.parametrize(
    ("contributions", "speaking", "count", "told"),
    [
        ([3.0, 1.0, 0.0, 0.0], 4.0, 3, [0, 1]),  # no weight, no say
        ([3.0, 0.021, 0.019], 4.0, 3, [0, 1]),  # half a percent of what speaks for it
        ([3.0, 1.0, -2.0], 4.0, 3, [0, 1, 2]),  # what speaks against it has a say
        ([3.0, 1.0, 1.0], 5.0, 2, [0, 1]),
        ([0.0, 0.0], 0.0, 2, [0]),
        ([3.0, 0.0], None, 2, [0]),  # of an earlier version
        ([], 0.0, 2, []),
    ],
)
def test_prototypes_without_a_say_are_not_told(contributions, speaking, count, told):
    assert [row.prototype for row in level(contributions, speaking).telling(count)] == told
