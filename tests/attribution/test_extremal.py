"""Extremal perturbations on a toy network that looks at a moving patch and at nothing else."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from hprotopnet.attribution import ep2d, ep3d, search, step
from hprotopnet.attribution.asked import AREAS
from hprotopnet.attribution.masks import cut_to, grid_size, step_for
from hprotopnet.attribution.subject import Subject
from hprotopnet.config import ClipConfig
from hprotopnet.data.transforms import Normalisation
from hprotopnet.errors import InputError

FRAMES, SIDE, SHARE = 8, 48, 0.04
METHODS = {"2d": ep2d, "3d": ep3d, "step": step}
FEW = {"published": 8, "levels": 12}


class Patch(Subject):
    """Sure of its first target as far as a patch of this clip's texture is to be seen, and blind to all else.

    The patch moves from the left to the right over the middle frames and is not there in the others.
    """

    def __init__(self, height: int = SIDE, width: int = SIDE, seed: int = 0):
        plain = Normalisation((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
        super().__init__("patch", ["it", "not it"], ClipConfig(FRAMES, 12.5, SIDE), plain, nn.Identity())
        self.cue = torch.zeros(FRAMES, height, width, dtype=torch.bool)
        side = round((SHARE * height * width * FRAMES / (FRAMES - 2)) ** 0.5)
        for frame in range(1, FRAMES - 1):
            left = round((frame - 1) / (FRAMES - 3) * (width - side - 8)) + 4
            top = height // 3
            self.cue[frame, top : top + side, left : left + side] = True
        noise = torch.Generator().manual_seed(seed)
        self.clip_like_it = torch.randn(1, 3, FRAMES, height, width, generator=noise)
        self.register_buffer("template", self.clip_like_it[0] * self.cue)
        self.scale = nn.Parameter(torch.tensor(12.0))

    def logits(self, clips):
        seen = (clips * self.template).sum((1, 2, 3, 4)) / self.template.square().sum()
        return torch.stack([self.scale * (seen - 0.5), torch.zeros_like(seen)], 1)

    def scores_of(self, logits):
        return logits

    def log_probabilities_of(self, logits):
        return logits.log_softmax(1)


def run(method, subject, progress=lambda share: None, **settings):
    return METHODS[method].attribute(subject, subject.clip_like_it, 0, METHODS[method].Settings(**settings), progress)


def overlap(values, cue):
    """Of the cue and of as many pixels of the largest values, intersection over union."""
    share = torch.tensor([cue.float().mean()])
    kept = cut_to(torch.from_numpy(values)[None], share, True)[0]
    return float((kept & cue).sum() / (kept | cue).sum())


@pytest.mark.parametrize("method", ["3d", "step"])
def test_a_planted_cue_that_moves_is_found(method):
    subject = Patch()
    area = round(float(subject.cue.float().mean()), 4)
    found = run(method, subject, areas=(0.2, 0.1, area), shown=area)
    assert overlap(found.values, subject.cue) > 0.5
    assert overlap(run(method, subject).values, subject.cue) > 0.5  # the mean of all areas, too
    row = found.figures["areas"][2]
    assert row["preserved"] > 0.9
    assert row["deleted"] < 0.1
    assert row["preserved_log"] == pytest.approx(np.log(row["preserved"]), abs=1e-5)
    assert row["reached"] == pytest.approx(area, abs=0.01)


def test_the_area_is_of_each_frame_for_2d_and_of_the_video_for_the_others():
    subject = Patch()
    shares = {name: (run(name, subject, areas=(0.05,)).values > 0.5).mean((1, 2)) for name in METHODS}
    assert shares["2d"] == pytest.approx([0.05] * FRAMES, abs=0.01)
    for name in ("3d", "step"):
        assert shares[name].mean() == pytest.approx(0.05, abs=0.01)
        assert np.ptp(shares[name]) > 0.02
        assert shares[name][1:-1].min() > shares[name][[0, -1]].max()  # where there is nothing, nothing is kept


def test_the_published_schedule_moves_towards_the_cue_and_its_areas():
    subject = Patch()
    found = run("3d", subject, areas=(0.05, 0.2), schedule="published", iterations=200, batch=2)
    small, large = found.figures["areas"]
    assert overlap(found.values, subject.cue) > 0.5
    assert 0.05 < small["reached"] < large["reached"] < 0.3  # on its way
    assert small["iterations"] == large["iterations"] == 200


def test_masks_do_not_depend_on_how_many_go_through_the_network_at_a_time():
    subject = Patch()
    one, all_of_them = (
        run("step", subject, areas=(0.05, 0.2), schedule="published", iterations=104, batch=batch) for batch in (1, 2)
    )
    np.testing.assert_allclose(one.values, all_of_them.values, atol=1e-4)


@pytest.mark.parametrize("schedule", FEW)
@pytest.mark.parametrize("method", METHODS)
def test_a_second_clip_is_as_if_it_were_the_first(method, schedule):
    settings = {"areas": (0.1, 0.05), "schedule": schedule, "iterations": FEW[schedule]}
    first, other = Patch(seed=0), Patch(seed=1)
    alone = run(method, first, **settings)
    run(method, other, **settings)
    again = run(method, first, **settings)
    assert np.array_equal(alone.values, again.values)
    assert alone.figures == again.figures


@pytest.mark.parametrize("size", [(56, 40), (40, 61)], ids=["portrait", "landscape"])
@pytest.mark.parametrize("method", METHODS)
def test_other_shapes_of_pictures(method, size):
    found = run(method, Patch(*size), areas=(0.1,), iterations=4)
    assert found.values.shape == (FRAMES, *size)
    assert found.resolution[0] == FRAMES
    assert found.resolution[1:] == grid_size(*size, step_for(*size))
    assert 0 <= found.values.min() <= found.values.max() <= 1


@pytest.mark.parametrize("variant", ["preserve", "delete", "dual"])
@pytest.mark.parametrize("kind", ["blur", "fade"])
def test_what_must_go_and_what_must_stay_are_one_cue(variant, kind):
    subject = Patch()
    found = run("3d", subject, areas=(0.06,), variant=variant, kind=kind, iterations=50)
    (row,) = found.figures["areas"]
    assert overlap(found.values, subject.cue) > 0.4
    assert row["preserved"] > 0.9 > 0.1 > row["deleted"]
    assert found.figures["untouched"] > 0.99
    assert found.figures["nothing"] < 0.1


@pytest.mark.parametrize("schedule", FEW)
def test_who_stops_it_finds_the_network_as_it_was(schedule):
    subject = Patch().train()

    def cancel(share):
        assert not subject.training
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("step", subject, cancel, schedule=schedule, iterations=3)
    assert subject.training
    assert subject.scale.requires_grad
    assert subject.scale.grad is None


def test_a_failing_network_is_left_as_it_was(monkeypatch):
    subject = Patch()
    monkeypatch.setattr(subject, "log_probabilities", lambda clips: clips.missing)
    with pytest.raises(AttributeError):
        run("3d", subject)
    assert subject.scale.requires_grad


@pytest.mark.parametrize("schedule", FEW)
def test_progress_grows_to_the_end(schedule):
    shares = []
    run("2d", Patch(), shares.append, areas=(0.1, 0.2), schedule=schedule, iterations=12)
    assert shares == sorted(shares)
    assert 0 == shares[0] < shares[-1] <= 1


def test_the_map_is_the_mean_of_all_masks_or_one_of_them():
    settings = {"areas": (0.2, 0.05), "iterations": 6}
    each = [run("3d", Patch(), **settings, shown=area).values for area in settings["areas"]]
    np.testing.assert_allclose(run("3d", Patch(), **settings).values, np.mean(each, 0), atol=1e-6)
    assert each[0].mean() > each[1].mean()


def test_a_plateau_ends_an_area_and_a_slope_does_not():
    assert not search._on_plateau([1.0] * 9)
    assert search._on_plateau([5.0, *[1.0] * 10])
    assert not search._on_plateau([1 - n / 20 for n in range(20)])
    subject = Patch()
    nn.init.zeros_(subject.scale)  # says the same of everything
    found = run("3d", subject)
    assert [row["iterations"] for row in found.figures["areas"]] == [2 * search.PLATEAU] * len(AREAS)


@pytest.mark.parametrize(
    "wrong",
    [{"areas": ()}, {"areas": (0.1, 0.1)}, {"areas": (0.0,)}, {"shown": 0.3}, {"iterations": -1}, {"batch": 0}],
    ids=str,
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(InputError):
        replace(step.Settings(), **wrong)
    with pytest.raises(InputError, match="core"):
        step.Settings(core=float("nan"))
