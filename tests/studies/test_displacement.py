"""Hourglasses at large displacement: clips of twins, tiny trainings that go on where they were, and what is told."""

import json
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch

from hprotopnet.errors import InputError
from hprotopnet.pantomime.actions.primitives import twins as all_twins
from hprotopnet.pantomime.spec import families
from hprotopnet.studies import contestants, displacement, twins
from hprotopnet.studies.contestants import CONTESTANTS, NARROWEST, Regime, width_of
from hprotopnet.studies.displacement import displacement_study
from hprotopnet.studies.displacement_tables import against_table, displacement_table
from hprotopnet.studies.twins import LABELS, PAIRS, Asked, kept, neighbours, specs, travel

ASKED = Asked(train=1, validation=1, test=2, moments=2, size=16)
REGIME = Regime(work=1e4, crop=12, epochs=1, batch=4, learning_rates=(1e-3, 1e-2))


def painted(look: int, asked: Asked) -> np.ndarray:
    """What stands in for the renderer."""
    shape = (len(asked.displacements), len(LABELS), asked.frames, asked.size, asked.size, 3)
    return np.random.default_rng(look).integers(256, size=shape).astype(np.uint8)


@pytest.fixture
def quick(monkeypatch):
    """No rendering, two networks that are small, and the trainings that are really done."""
    monkeypatch.setattr(twins, "rendered", painted)
    monkeypatch.setattr(displacement, "ROUNDS", 1)
    done = []
    train = contestants.train
    monkeypatch.setattr(contestants, "train", lambda job, *rest: done.append(job) or train(job, *rest))
    return done


def test_pairs_are_twins_of_each_grandparent():
    assert set(PAIRS) <= set(all_twins())
    assert len({families(one)[0] for one, _ in PAIRS}) == len(PAIRS) == 2


def test_a_network_is_given_every_second_frame_or_five_around_each():
    asked = Asked()
    assert asked.frames == 19
    assert list(neighbours(8, False)) == [2, 4, 6, 8, 10, 12, 14, 16]
    assert list(neighbours(2, True)) == [0, 1, 2, 3, 4, 2, 3, 4, 5, 6]
    assert [len(looks) for looks in asked.looks.values()] == [56, 12, 40]
    assert all(one.stop == other.start for one, other in pairwise(asked.looks.values()))


def test_clips_of_a_look_differ_in_their_tempo_alone_and_get_further():
    for usual, far in specs(Asked(), 3).values():
        assert far.tempo == 3 * usual.tempo
        assert replace(far, tempo=usual.tempo) == usual
    usual, far = travel(Asked(), "validation")
    assert 2 * usual < far < 3 * usual


@pytest.mark.rendering
def test_what_is_rendered_shows_the_same_at_all_displacements_but_the_motion():
    asked = Asked(moments=1, size=24, displacements=(1.0, 1.0, 3.0))
    found = twins.rendered(5, asked)
    assert found.shape == (3, 4, 5, 24, 24, 3)
    assert (found[0] == found[1]).all()
    assert (found[0] != found[2]).any((1, 2, 3, 4)).all()


@pytest.mark.parametrize("name", ["tsm", "h2cn"])
def test_contestants_take_the_work_that_is_asked_for(name):
    width, frames = width_of(name, 7e5, 16, 2), len(neighbours(2, CONTESTANTS[name].every))
    assert width > NARROWEST
    off = [
        abs(contestants.multiply_adds(partial(CONTESTANTS[name].make, width + more), frames, 16) - 7e5)
        for more in (-1, 0, 1)
    ]
    assert off[1] == min(off)


def test_what_is_compared_with_the_hourglass_has_its_layers_a_point_wide():
    wide, narrow = (dict(CONTESTANTS[name].make(8).named_parameters()) for name in ("h2cn", "h2cn-narrow"))
    assert wide.keys() == narrow.keys()
    other = {name for name in wide if wide[name].shape != narrow[name].shape}
    assert other
    assert all(name.endswith(".wide.weight") and narrow[name].shape[-2:] == (1, 1) for name in other)


def test_plain_frames_know_nothing_of_their_neighbours():
    net = CONTESTANTS["frames"].make(4).eval()
    clips = torch.randn(1, 3, 3, 16, 16)
    with torch.inference_mode():
        whole, alone = net(clips), net(clips[:, :, 1:2])
    assert torch.allclose(whole[:, :, 1:2], alone, atol=1e-5)


def test_a_study_goes_on_where_it_was(tmp_path, quick):
    names = ("tsm", "h2cn")
    found = displacement_study(tmp_path, 2, ASKED, REGIME, names)
    assert len(quick) == 2 * 2 * (2 + 1)  # two rates with the first seed, the better one with the second
    again = displacement_study(tmp_path, 2, ASKED, REGIME, names)
    assert len(quick) == 12
    assert again["right"] == found["right"]
    assert {(row["network"], row["displacement"]) for row in found["right"]} == {(n, d) for n in names for d in (1, 3)}
    assert found["networks"]["h2cn"]["frames"] == 10
    said = displacement_table(found | {"command": "displacement"}).splitlines()
    assert len([line for line in said if line.startswith("| ")]) == 3
    assert "| TSM |" in against_table(found | {"command": "displacement"})
    json.dumps(found)
    with pytest.raises(InputError, match="another regime"):
        displacement_study(tmp_path, 2, ASKED, replace(REGIME, epochs=2), names)
    with pytest.raises(InputError, match="'c3d'"):
        displacement_study(tmp_path, 2, ASKED, REGIME, ("c3d",))


def test_clips_of_another_kind_are_refused(tmp_path):
    np.save(tmp_path / "look003.npy", np.zeros((1, 2), np.uint8))
    with pytest.raises(InputError, match=r"look003.npy: holds other clips"):
        kept(ASKED, tmp_path, "test", 1.0)
    (tmp_path / "look003.npy").write_bytes(b"no array")
    with pytest.raises(InputError, match=r"look003.npy: holds no clips"):
        kept(ASKED, tmp_path, "test", 1.0)


def test_the_lead_is_over_the_twin_alone():
    logits = torch.tensor([[3.0, 1.0, 9.0, 0.0], [0.0, 9.0, 2.0, 5.0]])
    assert contestants._lead(logits, torch.tensor([1, 3])).tolist() == [-2.0, 3.0]


def test_figures_by_hand():
    looks = ["1"] * 2 + ["2"] * 2
    one, other = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], float), np.zeros((2, 4))
    assert displacement._spread(one, looks)["mean"] == pytest.approx(5 / 8)
    assert displacement._spread(one, looks)["values"] == [0.75, 0.5]
    assert displacement._gap(one, other, looks)["mean"] == pytest.approx(5 / 8)
