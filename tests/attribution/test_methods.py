"""The verb and its registry: what is refused, what is left as it was, and what others may do at the same time."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from lookers import EXTREMAL, Gridded, Pooling, Weighted, a_clip, classifier, numbers, prototype_subject, state
from torch import nn
from toys import toy_model

from hprotopnet.attribution import methods
from hprotopnet.attribution.alone import alone
from hprotopnet.attribution.attribution import load_attribution, save_attribution
from hprotopnet.attribution.methods import METHODS
from hprotopnet.attribution.subject import undisturbed
from hprotopnet.errors import InputError
from hprotopnet.explain.prototypes import explain

ROOT = Path(__file__).resolve().parents[2]
CAPTUM = [name for name, own in METHODS.items() if own.captum]
SHAPE = (16, 24, 40)
CLIPS = [a_clip(SHAPE, seed) for seed in (1, 2)]


@pytest.fixture
def subject():
    """A network of prototypes that is in training, and whose parameters ask for gradients but for a few."""
    model = toy_model(head="tree").train()
    model.addon.requires_grad_(False)
    return prototype_subject(model)


def attribute(subject, clip, target, method, **settings):
    """The verb, with few iterations for the methods that take many."""
    return methods.attribute(subject, clip, target, method, **(EXTREMAL.get(method, {}) | settings))


class Stopped(Exception):
    pass


def stop_at(share: float):
    def step(done: float) -> None:
        if done >= share:
            raise Stopped

    return step


def same(one, other) -> bool:
    return np.array_equal(one.values, other.values) and one.score == other.score and one.figures == other.figures


# ---- the registry


@pytest.mark.parametrize("name", METHODS)
def test_every_method_says_what_it_is(name):
    own = METHODS[name]
    assert own.name == name
    assert own.title
    assert own.answers.endswith("?")
    assert own.doubt.endswith(".")
    assert own.settings() == own.settings()  # all have defaults
    assert own.settings.__dataclass_params__.frozen
    assert own.function.__doc__


def test_listing_methods_and_their_settings_loads_nothing_slow():
    code = """
import sys
from hprotopnet.attribution.methods import METHODS
for own in METHODS.values():
    own.settings, own.function
print(*(name for name in ("torch", "captum", "matplotlib", "scipy") if name in sys.modules))
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert found.stdout.split() == []


def test_captum_leaves_matplotlib_and_logging_as_they_were():
    code = """
import logging, os, warnings, matplotlib, torch
warnings.simplefilter("error")
def state():
    logs = logging.root.handlers[:], logging.root.level
    return dict.copy(matplotlib.rcParams), *logs, dict(os.environ), warnings.filters[:], torch.get_rng_state().sum()
before = state()
import captum.attr
assert state() == before
from matplotlib import pyplot
assert not pyplot.get_fignums()
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert found.returncode == 0, found.stderr


# ---- what is refused


@pytest.mark.parametrize(
    ("method", "target", "settings", "said"),
    [
        ("grad_cam", "dunk", {}, "no method is called 'grad_cam'; did you mean 'gradcam'?"),
        ("gradient", "dunk", {}, "did you mean 'gradients'?"),
        ("\x1b[31m\n", "dunk", {}, r"no method is called '\x1b[31m\x0a'; known: gradients, gradient_input"),
        ("integrated", "dunc", {}, "did you mean 'dunk'?"),
        ("integrated", "dunk", {"step": 9}, "integrated has no setting 'step'; did you mean 'steps'?"),
        ("prototypes", "dunk", {"steps": 9}, "prototypes has no setting 'steps'; known: none"),
        ("integrated", "dunk", {"steps": 1}, "settings of integrated: steps is 1; give a number from 2 to 1000"),
        ("integrated", "dunk", {"steps": 10**9}, "steps is 1e+09; give a number from 2 to 1000"),
        ("integrated", "dunk", {"steps": "9"}, "steps is '9', not a whole number"),
        ("integrated", "dunk", {"rule": "right"}, "rule is 'right', not one of 'riemann_left', 'gausslegendre'"),
        ("integrated", "dunk", {"batch": 0}, "batch is 0; give a number from 1 to 64"),
        ("gradients", "dunk", {"polarity": "all"}, "polarity is 'all', not one of 'positive', 'negative', 'both'"),
        ("gradcam", "dunk", {"weights": "none"}, "weights is 'none', not one of 'per step', 'global'"),
        ("smooth", "dunk", {"noise": float("nan")}, "noise is nan, not a finite number"),
        ("smooth", "dunk", {"samples": 0}, "samples is 0; give a number from 1 to 1000"),
        ("smooth", "dunk", {"seed": -1}, "seed is -1; give a number from 0"),
    ],
)
def test_what_is_not_known_or_unfit_is_refused_in_a_line(subject, method, target, settings, said):
    with pytest.raises(InputError) as caught:
        attribute(subject, CLIPS[0], target, method, **settings)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


# ---- what is left as it was


@pytest.mark.parametrize("method", METHODS)
def test_a_network_is_as_it_was_while_it_is_asked_and_afterwards(subject, method):
    before = state(subject)
    weights = {name: own.clone() for name, own in subject.state_dict().items()}
    seen = []
    attribute(subject, CLIPS[0], "ball", method, progress=lambda share: seen.append(state(subject)))
    assert all(own == before for own in [*seen, state(subject)])
    assert all(torch.equal(own, weights[name]) for name, own in subject.state_dict().items())


@pytest.mark.parametrize("share", [0.0, 0.3])
@pytest.mark.parametrize("method", METHODS)
def test_a_network_is_as_it_was_after_it_was_stopped(subject, method, share):
    before = state(subject)
    with pytest.raises(Stopped):
        attribute(subject, CLIPS[0], "ball", method, progress=stop_at(share))
    assert state(subject) == before


class Failing(nn.Module):
    """Fails at its n-th pass, behind its grid."""

    def __init__(self, good: int):
        super().__init__()
        self.inner, self.good = Gridded(Pooling(), numbers((2, 2, 2, 3, 4))), good
        self.grid = self.inner.grid

    def forward(self, clips):
        scores = self.inner(clips)
        self.good -= 1
        if self.good < 0:
            raise RuntimeError("failed")
        return scores


@pytest.mark.parametrize("good", [0, 2])
@pytest.mark.parametrize("method", CAPTUM)
def test_hooks_and_modes_are_gone_after_a_failure_also_without_a_network_of_ones_own(method, good):
    """Methods by themselves, as `undisturbed` alone runs them: captum removes its hooks, and modes come back."""
    own = METHODS[method]
    subject = classifier(Failing(good if method in ("integrated", "smooth") else 0)).train()
    before = state(subject)
    with undisturbed(subject), pytest.raises(RuntimeError, match="failed"):
        own.function(subject, subject.inputs(a_clip().images), 0, own.settings(), lambda share: None)
    assert state(subject) == before


@pytest.mark.parametrize("method", CAPTUM)
def test_clips_that_a_method_was_given_are_not_changed(method):
    own, subject = METHODS[method], classifier(Gridded(Pooling(), numbers((2, 2, 2, 3, 4))))
    clip = subject.inputs(a_clip().images)
    kept = clip.clone()
    with undisturbed(subject):
        own.function(subject, clip, 1, own.settings(), lambda share: None)
    assert torch.equal(clip, kept)
    assert not clip.requires_grad


# ---- progress


@pytest.mark.parametrize("method", METHODS)
def test_progress_rises_to_one(subject, method):
    shares = []
    attribute(subject, CLIPS[0], "ball", method, progress=shares.append)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert shares == sorted(shares)


@pytest.mark.parametrize(("method", "settings", "passes"), [("integrated", {}, 9), ("smooth", {"batch": 2}, 5)])
def test_stopping_is_prompt(method, settings, passes):
    """At a third of 25 steps and two scores, or of 25 samples, two at a time."""
    done = []

    class Counted(Weighted):
        def forward(self, clips):
            done.append(len(clips))
            return super().forward(clips)

    subject = classifier(Counted(numbers((2, 3, 4, 6, 8))))
    with pytest.raises(Stopped):
        attribute(subject, a_clip(), "dunk", method, progress=stop_at(0.33), **settings)
    assert len(done) == passes
    assert max(done) == settings.get("batch", 1)  # the memory is bounded by it


# ---- one clip and another, one thread and another


@pytest.mark.parametrize("method", METHODS)
def test_the_second_clip_is_independent_of_the_first(subject, method):
    alone_first = attribute(prototype_subject(toy_model(head="tree")), CLIPS[1], "ball", method)
    attribute(subject, CLIPS[0], "ball", method)
    again = attribute(subject, CLIPS[1], "ball", method)
    assert same(again, alone_first)
    assert not same(again, attribute(subject, CLIPS[0], "ball", method))


MEETING: list[threading.Barrier] = []


class Meeting(Gridded):
    """A network in which threads wait for each other between its grid and its scores."""

    def forward(self, clips):
        cells = self.grid(clips)
        for barrier in MEETING:
            barrier.wait(timeout=20)
        return torch.einsum("bcthw,kcthw->bk", cells, self.weights)


@pytest.mark.parametrize("method", CAPTUM)
def test_two_threads_never_meet_each_others_clips(method):
    """Both have looked at their own clip before either goes on: hooks on a shared network would have seen both."""
    subject, clips = classifier(Meeting(Pooling(), numbers((2, 2, 2, 3, 4)))), [a_clip(seed=1), a_clip(seed=2)]
    expected = [attribute(subject, clip, "dunk", method) for clip in clips]
    MEETING.append(threading.Barrier(2))
    try:
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda clip: attribute(subject, clip, "dunk", method), clips))
    finally:
        MEETING.clear()
    assert all(map(same, found, expected))
    assert not same(*found)


def test_sessions_explain_while_others_attribute(subject):
    model = subject.model.eval()
    expected = [explain(model, clip, 0.8).similarities for clip in CLIPS]
    wanted = attribute(subject, CLIPS[0], "ball", "gradcam")
    before, stop, said = state(subject), threading.Event(), []

    def look() -> None:
        while not stop.is_set():
            said.append([explain(model, clip, 0.8).similarities for clip in CLIPS])

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            found = [attribute(subject, CLIPS[0], "ball", "gradcam") for _ in range(20)]
        finally:
            stop.set()
        looking.result()
    assert all(same(own, wanted) for own in found)
    assert said
    assert all(own == expected for own in said)
    assert state(subject) == before


def test_a_network_of_ones_own_shares_its_weights(subject):
    own = alone(subject)
    for mine, shared in zip(own.parameters(), subject.parameters(), strict=True):
        assert mine is not shared
        assert mine.data_ptr() == shared.data_ptr()
        assert not mine.requires_grad
    assert [a.data_ptr() for a in own.buffers()] == [b.data_ptr() for b in subject.buffers()]
    assert own.grid is own.model.backbone
    assert own.grid is not subject.grid
    assert own.model.hierarchy is subject.model.hierarchy


def test_methods_work_within_inference_mode(subject):
    with torch.inference_mode():
        own = attribute(subject, CLIPS[0], "ball", "gradients")
    assert own.values.any()


@pytest.mark.parametrize("method", METHODS)
def test_what_a_method_found_is_stored(subject, method, tmp_path):
    own = attribute(subject, CLIPS[0], "ball", method)
    assert set(own.settings) == {field.name for field in fields(METHODS[method].settings)}
    save_attribution(tmp_path / "own.npz", own)
    read = load_attribution(tmp_path / "own.npz")
    assert same(read, own)
    assert {**vars(read), "values": 0} == {**vars(own), "values": 0}
