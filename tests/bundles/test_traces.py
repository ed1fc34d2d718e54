"""Traces: windows are answered as any other clip, and what is stored is what was said."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tiny import shape_video
from toys import toy_hierarchy

from hprotopnet.bundles import traces
from hprotopnet.bundles.bundle import Bundle, open_bundle
from hprotopnet.bundles.traces import Trace, film_of, load_traces, trace, write_traces
from hprotopnet.data.dataset import read_clip
from hprotopnet.data.video import write_video
from hprotopnet.errors import InputError
from hprotopnet.explain.prototypes import explain
from hprotopnet.files import read_json, write_json
from hprotopnet.hierarchy.tree import load_hierarchy
from hprotopnet.pantomime import shipped
from hprotopnet.pantomime.shipped import shipped_stories
from hprotopnet.pantomime.stage import CHILD, GRANDPARENT
from hprotopnet.pantomime.truth import TruthWriter
from hprotopnet.structure import structure
from hprotopnet.studies.stories import answers, first_times, revealed_in_order

ROOT = Path(__file__).resolve().parents[2]


def film(path: Path, label: str = "RedDisc") -> Path:
    """Three seconds in which another class is seen first, with the truth that `label` is seen in the last second."""
    images = np.concatenate([shape_video("BlueBar", 1), shape_video(label, 2)])[:38]
    write_video(path, images, 12.5)
    truth = TruthWriter(12.5)
    for number in range(len(images)):
        mask = np.zeros(images.shape[1:3], np.uint8)
        mask[: 4 + number // 4] = GRANDPARENT
        mask[40:, :8] = CHILD if number >= 25 else 0
        truth.add(mask)
    truth.end_shot({}, label)
    truth.save(path, 0)
    return path


@pytest.fixture(scope="module")
def bundle(tiny_bundle, tmp_path_factory) -> Bundle:
    """A copy that may be written to."""
    return open_bundle(shutil.copytree(tiny_bundle, tmp_path_factory.mktemp("traced") / "tiny-cpg2"))


@pytest.fixture(scope="module")
def story(tmp_path_factory) -> Path:
    return film(tmp_path_factory.mktemp("stories") / "story_001.mp4")


@pytest.fixture(scope="module")
def found(bundle, story) -> Trace:
    return trace(bundle.load_model(), story, bundle.config.clip)


def toy_trace(*said: str | None, label: str = "dunk") -> Trace:
    """A trace of the toy tree in which these nodes are said one after the other, a second apart."""
    hierarchy = toy_hierarchy()
    probabilities = np.full((len(said), len(hierarchy.nodes)), 0.1)
    for row, name in zip(probabilities, said, strict=True):
        row[list(hierarchy.ancestors(hierarchy.index(name))) if name else []] = 0.9
    times, nothing = np.arange(len(said)) + 0.5, np.zeros((len(said), 0))
    return Trace("toy", label, "", 1.0, times, hierarchy.nodes, probabilities, nothing, np.zeros(0), {})


def test_windows_are_answered_as_any_other_clip(bundle, story, found):
    model = bundle.load_model()
    for number in (0, 3, len(found.times) - 1):
        start = found.times[number] - found.span / 2
        expected = explain(model, read_clip(story, start, bundle.config.clip), bundle.config.threshold)
        assert dict(zip(found.nodes, found.probabilities[number], strict=True)) == pytest.approx(
            expected.probabilities, rel=1e-3
        )
        assert dict(zip(found.nodes, found.distances[number], strict=True)) == pytest.approx(
            expected.distances, rel=1e-3
        )


def test_windows_follow_each_other_to_the_end(found):
    gaps = [after - before for before, after in pairwise(found.times)]
    assert found.times[0] == pytest.approx(found.span / 2)
    assert found.times[-1] == pytest.approx(38 / 12.5 - found.span / 2)
    assert gaps[:-1] == pytest.approx([0.2] * len(gaps[:-1]))
    assert 0 < gaps[-1] <= 0.2 + 1e-9


def test_what_is_shown_changes_what_is_said(found):
    assert np.abs(found.distances[0] - found.distances[-1]).max() > 0.1


def test_long_videos_are_decoded_in_parts(bundle, story, found, monkeypatch):
    monkeypatch.setattr(traces, "MOST", 3)
    again = trace(bundle.load_model(), story, bundle.config.clip)
    np.testing.assert_allclose(again.distances, found.distances, rtol=1e-3)


def test_a_video_shorter_than_a_window_is_one_window(bundle, tmp_path):
    write_video(tmp_path / "short.mp4", shape_video("RedDisc", 1, frames=5), 12.5)
    short = trace(bundle.load_model(), tmp_path / "short.mp4", bundle.config.clip)
    assert (len(short.times), short.label, len(short.frames)) == (1, None, 0)
    with pytest.raises(InputError, match="short"):
        first_times(short, bundle.hierarchy, 0.8)


def test_the_truth_beside_the_video_tells_label_and_cues(found):
    assert found.label == "RedDisc"
    assert len(found.frames) == 38
    assert found.frames[25] == pytest.approx(2.0)
    assert not found.visible["child"][:25].any()
    assert found.visible["child"][25] == pytest.approx(8 * 8 / (48 * 64), rel=1e-3)
    assert found.visible["parent"].max() == 0
    assert found.visible["grandparent"][-1] > found.visible["grandparent"][0]


def test_a_trace_survives_json(found, tmp_path):
    write_json(tmp_path / "t.json", found.to_dict())
    again = structure(read_json(tmp_path / "t.json"), Trace, "trace")
    for name in ("video", "label", "sha256", "span", "nodes"):
        assert getattr(again, name) == getattr(found, name)
    for name in ("times", "probabilities", "distances", "frames"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
    assert {cue: share.tolist() for cue, share in again.visible.items()} == {
        cue: share.tolist() for cue, share in found.visible.items()
    }


def test_numbers_are_stored_with_four_digits(found):
    for value in (*found.probabilities.ravel(), *found.distances.ravel(), *found.visible["grandparent"]):
        assert float(f"{value:.4g}") == value


def test_answers_back_off_and_join_by_name():
    said = ("music", None, "sports", "ball", "dunk")
    toy = toy_trace(*said)
    assert answers(toy, toy_hierarchy(), 0.8) == list(said)
    order = np.random.default_rng(0).permutation(len(toy.nodes))
    nodes = tuple(toy.nodes[i] for i in order)
    assert answers(replace(toy, nodes=nodes, probabilities=toy.probabilities[:, order]), toy_hierarchy(), 0.8) == list(
        said
    )
    assert answers(toy, toy_hierarchy(), 0.95) == [None] * 5


def test_first_times_are_middles_of_windows_topmost_first():
    times = first_times(toy_trace(None, "sports", "music", "sports", "dunk"), toy_hierarchy(), 0.8)
    assert list(times.items()) == [("sports", 1.5), ("ball", None), ("dunk", 4.5)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("sports", "ball", "dunk"), True),
        ((None, "sports", "sports", "ball", "dunk", "dunk"), True),
        (("music", "sports", "ball", "throw", "dunk"), True),  # what is between does not count
        (("sports", "ball", "sports", "dunk", "ball"), True),  # nor what comes again
        (("ball", "sports", "dunk"), False),
        (("sports", "dunk", "ball"), False),
        (("sports", "dunk"), False),
        (("sports", "ball"), False),
        (("dunk", "dunk"), False),
        ((None, None), False),
        (("music", "percussion", "drum"), False),
    ],
)
def test_revealed_in_order_is_first_times_that_ascend(said, expected):
    assert revealed_in_order(toy_trace(*said), toy_hierarchy(), 0.8) is expected


def test_traces_are_stored_in_the_bundle_and_read_by_name(bundle, story, found, tmp_path):
    shutil.copy(story, tmp_path / "another.mp4")  # without its truth
    write_traces(bundle, bundle.load_model(), [story, tmp_path / "another.mp4"])
    another, first = load_traces(bundle)
    assert (another.video, another.label) == ("another", None)
    np.testing.assert_array_equal(first.probabilities, found.probabilities)
    np.testing.assert_array_equal(another.probabilities, found.probabilities)


@pytest.mark.parametrize("change", [{"nodes": ["one"]}, {"times": "soon"}, {"frames": [1.0]}, {"visible": 3}, {"x": 1}])
def test_a_broken_trace_is_named(tiny_bundle, found, tmp_path, change):
    broken = open_bundle(shutil.copytree(tiny_bundle, tmp_path / "broken"))
    write_json(broken.folder / "showcase" / "traces" / "odd.json", found.to_dict() | change)
    with pytest.raises(InputError, match=r"odd\.json"):
        load_traces(broken)


def test_a_film_is_found_by_name_and_content(story, found, monkeypatch, tmp_path):
    monkeypatch.setattr(shipped, "FILMS", (tmp_path, story.parent))
    assert film_of(found) == story
    shutil.copy(story, tmp_path / story.name)
    assert film_of(found) == tmp_path / story.name
    (tmp_path / story.name).write_bytes(b"another film")
    assert film_of(found) == story
    assert film_of(replace(found, sha256="0")) is None
    assert film_of(replace(found, video="story_002")) is None


def test_stories_are_for_networks_of_their_classes(monkeypatch, tmp_path):
    monkeypatch.setattr(shipped, "FILMS", (tmp_path,))
    for number, label in enumerate(("Rafting", "Drumming")):
        images = np.zeros((4, 24, 32, 3), np.uint8)
        write_video(tmp_path / f"story_{number:03d}.mp4", images, 25)
        truth = TruthWriter(25)
        for _ in images:
            truth.add(np.full((24, 32), CHILD, np.uint8))
        truth.end_shot({}, label)
        truth.save(tmp_path / f"story_{number:03d}.mp4", 0)
    tree = load_hierarchy("pantomime")
    assert [path.stem for path in shipped_stories(tree)] == ["story_000", "story_001"]
    assert [path.stem for path in shipped_stories(tree.restrict(["Drumming", "Daf"]))] == ["story_001"]
    assert shipped_stories(load_hierarchy("ucf101")) == []  # it has rafting too, but not on this stage


def test_reading_traces_waits_for_no_torch(bundle, found):
    write_json(bundle.folder / "showcase" / "traces" / "story_001.json", found.to_dict())
    code = (
        "import sys; from hprotopnet.bundles.bundle import open_bundle;"
        "from hprotopnet.bundles.traces import load_traces, film_of;"
        f"[film_of(one) for one in load_traces(open_bundle({str(bundle.folder)!r}))]; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_command_says_when_and_in_what_order(bundle, story, found, tmp_path):
    out = tmp_path / "figures.json"
    command = [sys.executable, "-m", "hprotopnet", "stories", bundle.folder, story, "--json", out]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures, threshold = json.loads(out.read_text()), bundle.config.threshold
    assert figures["rows"][0]["first_times"] == first_times(found, bundle.hierarchy, threshold)
    in_order = revealed_in_order(found, bundle.hierarchy, threshold)
    assert (figures["stories"], figures["in_order"], figures["rows"][0]["in_order"]) == (1, int(in_order), in_order)
    assert f"{int(in_order)} of 1 in order" in done.stdout
    assert "Bright ground" in done.stdout


def test_the_command_refuses_what_it_cannot_follow(bundle, tmp_path):
    write_video(tmp_path / "unknown.mp4", shape_video("RedDisc", 1), 12.5)
    command = [sys.executable, "-m", "hprotopnet", "stories", bundle.folder, tmp_path / "unknown.mp4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "unknown" in done.stderr.splitlines()[-1]
