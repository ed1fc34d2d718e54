"""The pointing game: peaks, cues and chance, worked by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from hprotopnet.evaluation.evidence import CENTRED
from hprotopnet.pantomime.stage import ACTOR, CHILD, GRANDPARENT, PARENT
from hprotopnet.studies.pointing import _summary, pointed

GRID = (2, 2, 2)


def explanation(*cells):
    levels = [SimpleNamespace(evidence=(SimpleNamespace(cell=cell, offset=CENTRED),) if cell else ()) for cell in cells]
    return SimpleNamespace(levels=levels, grid=GRID)


def masks():
    """4 frames of 8 x 8: the setting above, the surface below, the child at the bottom right of the last two frames."""
    found = np.zeros((4, 8, 8), np.uint8)
    found[:, :4] |= GRANDPARENT
    found[:, 4:] |= PARENT
    found[2:, 4:, 4:] = CHILD | ACTOR
    return found


def test_hits_and_chance_by_hand():
    rows = pointed(explanation((0, 0, 0), (0, 0, 1), (1, 1, 1)), masks())
    assert rows[0][:2] == (1, 0.5)  # the setting is half of every frame, and the peak lies in it
    assert rows[1][:2] == (0, pytest.approx(3 / 8))
    assert rows[2] == (1, 0.125, 0, 0, 1, 1)


def test_evidence_is_asked_where_it_is_in_time():
    early, late = (pointed(explanation(None, None, (t, 1, 1)), masks())[2][0] for t in (0, 1))
    assert (early, late) == (0, 1)


def test_levels_without_prototypes_or_without_a_cue_do_not_count():
    hidden = masks() & (PARENT | CHILD | ACTOR)
    assert pointed(explanation((0, 0, 0), None, (1, 1, 1)), hidden)[:2] == [None, None]


def test_a_summary_is_the_mean():
    found = _summary(np.array([(1, 0.5, 1, 0, 0, 0), (0, 0.3, 0, 1, 0, 0)]))
    assert found["n"] == 2
    assert found["hits"] == 0.5
    assert found["chance"] == pytest.approx(0.4)
    assert found["lies_on"] == {"grandparent": 0.5, "parent": 0.5, "child": 0, "actor": 0}
    assert _summary(np.array([]))["hits"] is None
