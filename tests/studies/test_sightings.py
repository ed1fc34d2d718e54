"""What networks see in clips whose cues are known, and what knows nothing of them."""

from types import SimpleNamespace

import numpy as np
import pytest
from toys import spotted

from hprotopnet.evaluation.evidence import CENTRED
from hprotopnet.explain.prototypes import explain
from hprotopnet.pantomime.stage import CHILD, GRANDPARENT, PARENT
from hprotopnet.studies.passes import shared_features
from hprotopnet.studies.sightings import FIGURES, NOISE, POINTERS, placed, sighting, with_noise

NETWORK, CENTRE, RANDOM = range(len(POINTERS))
POINTING, WEIGHTED, ENERGY, IOU = range(len(FIGURES))


def evidence(cell: tuple[int, int, int], contribution: float, grid=(2, 2, 2)) -> SimpleNamespace:
    activation = np.zeros(grid, np.float32)
    activation[cell] = 1
    return SimpleNamespace(cell=cell, contribution=contribution, activation=activation, offset=CENTRED)


def quarter() -> np.ndarray:
    """The quarter at the bottom right of four frames of 8 x 8."""
    mask = np.zeros((4, 8, 8), bool)
    mask[:, 4:, 4:] = True
    return mask


def test_figures_of_a_level_by_hand():
    own = [evidence((0, 1, 1), 3.0), evidence((0, 0, 0), 2.0), evidence((1, 1, 1), 1.0), evidence((0, 0, 1), -4.0)]
    found = placed(own, quarter(), np.random.default_rng(0))
    assert found.shape == (len(POINTERS), len(FIGURES))
    assert found[NETWORK, POINTING] == 1
    assert found[NETWORK, WEIGHTED] == pytest.approx(4 / 6)
    assert found[NETWORK, ENERGY] == 1
    assert found[NETWORK, IOU] == pytest.approx(1 / 3)  # two cells: the peak, and the first of all others
    assert found[CENTRE, [POINTING, WEIGHTED]].tolist() == [1, 1]  # pixel (2, 4, 4) is the corner of the quarter


def test_a_pointer_at_random_hits_as_often_as_the_cue_is_large():
    rng, own = np.random.default_rng(0), [evidence((0, 1, 1), 1.0)] * 4
    found = np.mean([placed(own, quarter(), rng)[RANDOM] for _ in range(2000)], axis=0)
    assert found[[POINTING, WEIGHTED, ENERGY]] == pytest.approx([0.25] * 3, abs=0.03)
    assert not (placed(own, quarter(), rng)[RANDOM] == placed(own, quarter(), rng)[RANDOM]).all()


def masks(cues: int) -> np.ndarray:
    """These cues on the bright spot of the clip that `spotted` gives, and the setting on one cell far from it."""
    found = np.zeros((16, 40, 40), np.uint8)
    found[:, 8:16, 24:32] = cues
    found[:, 32:, :8] = GRANDPARENT
    return found


def test_a_network_sees_what_it_looks_at():
    model, clip = spotted()
    ((_, features),) = shared_features({"spot": model}, [clip.images])
    found = sighting(model, clip, masks(PARENT | CHILD), features, features, 0.8, np.random.default_rng(0))
    assert found.placed[NETWORK, :, POINTING].tolist() == [0, 1, 1]
    assert found.placed[NETWORK, 1:, IOU] == pytest.approx([1, 1])
    assert (found.peaks == PARENT | CHILD).all()
    assert (found.noisy == found.peaks).all()
    assert found.seen.tolist() == [True] * 3
    said = explain(model, clip, 0.8)
    assert found.decided[:, 0].tolist() == [level.shares["own"] for level in said.levels]
    assert found.decided[:, 1] == pytest.approx([sum(level.shares.values()) for level in said.levels])
    assert found.similarities.tolist() == list(said.similarities)


def test_noise_that_makes_another_spot_moves_every_peak():
    model, clip = spotted()
    moved = np.roll(clip.images, -8, axis=2)
    clean, noisy = dict(shared_features({"spot": model}, [clip.images, moved]))["spot"].split(1)
    found = sighting(model, clip, masks(PARENT), clean, noisy, 0.8, np.random.default_rng(0))
    assert (found.peaks == PARENT).all()
    assert (found.noisy == 0).all()


def test_what_cannot_be_seen_and_levels_without_prototypes_do_not_count():
    model, clip = spotted()
    ((_, features),) = shared_features({"spot": model}, [clip.images])
    found = sighting(model, clip, masks(CHILD), features, features, 0.8, np.random.default_rng(0))
    assert found.seen.tolist() == [True, False, True]
    assert np.isnan(found.placed).all((0, 2)).tolist() == [False, True, False]


def test_noise_stays_within_its_bounds():
    images = np.full((8, 40, 40, 3), 128, np.uint8)
    gap = with_noise(images, np.random.default_rng(0)).astype(int) - images
    assert np.abs(gap).max() <= round(1.25 * NOISE)
    assert abs(gap.mean()) < 0.3
    assert gap.std() == pytest.approx(0.83 * NOISE, rel=0.05)  # a Gaussian cut at 1.25 deviations
    white = with_noise(np.full((2, 8, 8, 3), 255, np.uint8), np.random.default_rng(0))
    assert white.min() >= 255 - 1.25 * NOISE
