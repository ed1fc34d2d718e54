import shutil
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from toys import uniform_tree

from hprotopnet.bundles.bundle import Bundle, open_bundle
from hprotopnet.bundles.showcase import LIST, Stored, load_showcase, on_cues, stored_geometry, stored_images
from hprotopnet.config import Config, ModelConfig
from hprotopnet.data.dataset import list_videos, read_clip
from hprotopnet.disk.layouts import layout
from hprotopnet.errors import InputError
from hprotopnet.explain.explanation import Explanation
from hprotopnet.explain.prototypes import explain, mute
from hprotopnet.files import read_json, write_json
from hprotopnet.hierarchy.ball import distances
from hprotopnet.hierarchy.points import start_points
from hprotopnet.structure import structure


def test_stored_explanations_are_what_the_bundle_says_now(tiny_world, tiny_bundle):
    bundle = open_bundle(tiny_bundle)
    model = bundle.load_model()
    videos = {video.name: video for video in list_videos(tiny_world / "videos", bundle.hierarchy).videos}
    for stored in load_showcase(bundle)[:4]:
        video = videos[stored.explanation.video]
        again = explain(model, read_clip(video, stored.explanation.start, bundle.config.clip), bundle.config.threshold)
        assert stored.label == video.label
        assert again.path == stored.explanation.path
        np.testing.assert_allclose(again.similarities, stored.explanation.similarities, atol=1e-5)
        assert again.runner_up.node == stored.explanation.runner_up.node
        assert again.strangeness == stored.explanation.strangeness  # None, of so few videos


def test_an_explanation_survives_json(tiny_bundle, tmp_path):
    explanation = load_showcase(open_bundle(tiny_bundle))[0].explanation
    write_json(tmp_path / "e.json", explanation.to_dict())
    again = structure(read_json(tmp_path / "e.json"), Explanation, "explanation")
    assert again.levels[-1].evidence[0].boxes == explanation.levels[-1].evidence[0].boxes
    assert (again.path, again.grid, again.times) == (explanation.path, explanation.grid, explanation.times)
    np.testing.assert_array_equal(again.runner_up.evidence[0].activation, explanation.runner_up.evidence[0].activation)


def test_the_runner_up_is_explained_against_the_winner(tiny_bundle):
    explanation = load_showcase(open_bundle(tiny_bundle))[0].explanation
    top, second = explanation.levels[-1], explanation.runner_up
    assert (second.node, second.rival) == (top.rival, top.node)
    assert sum(second.shares.values()) == pytest.approx(-sum(top.shares.values()))


def test_the_surest_right_clip_comes_first(tiny_bundle):
    rows = load_showcase(open_bundle(tiny_bundle))
    right = [row.explanation.probabilities[row.label] for row in rows if row.explanation.path[-1] == row.label]
    assert rows[0].explanation.probabilities[rows[0].label] == max(right)


def test_stored_frames_are_the_cropped_clip(tiny_bundle):
    bundle = open_bundle(tiny_bundle)
    for path in (load_showcase(bundle)[0].clip, bundle.excerpt(bundle.prototypes[0])):
        assert stored_images(path, bundle).shape == (16, 48, 48, 3)


def test_geometry_without_torch_is_that_with_it(tiny_bundle):
    bundle = open_bundle(tiny_bundle)
    points = bundle.points.points_for(bundle.hierarchy)
    apart, radii = stored_geometry(bundle)
    np.testing.assert_allclose(apart, distances(points, points, 1.0), atol=1e-9)
    np.testing.assert_allclose(radii, distances(points, torch.zeros_like(points[:1]), 1.0)[:, 0], atol=1e-9)


def test_a_bundle_in_flat_space_is_drawn_too(tmp_path):
    tree = uniform_tree(2, 2, 2)
    start_points(tree, 16, curvature=0.0).save(tmp_path / "points.npz")
    config = Config(model=ModelConfig(embedding_width=16, curvature=0.0))
    apart, radii = stored_geometry(Bundle(tmp_path, {"hierarchy": tree.to_dict(), "config": asdict(config)}))
    assert radii[:8] == pytest.approx(4.0)
    assert np.isfinite(layout(tree, apart, radii)).all()


@pytest.mark.parametrize("fixture", ["tiny_bundle", "tiny_flat_bundle"])
def test_a_head_without_a_backbone_reads_as_the_whole_network(fixture, request):
    bundle = open_bundle(request.getfixturevalue(fixture))
    explanation = load_showcase(bundle)[0].explanation
    whole, head = bundle.load_model(), bundle.load_head()
    for muted in ([], [0, 3]):
        expected = mute(whole, explanation.similarities, muted).nodes
        torch.testing.assert_close(mute(head, explanation.similarities, muted).nodes, expected)
    assert mute(head, explanation.similarities, []).nodes[0].tolist() == pytest.approx(
        list(explanation.probabilities.values())
    )


def test_a_first_screen_waits_for_no_torch(tiny_bundle):
    code = (
        "import sys; from hprotopnet.bundles.bundle import Bundle, open_bundle;"
        "from hprotopnet.bundles.showcase import load_showcase;"
        "import hprotopnet.ui.clip, hprotopnet.ui.evidence, hprotopnet.ui.cases;"
        f"load_showcase(open_bundle({str(tiny_bundle)!r})); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda told: told["explanation"].update(mood="good"), "explanation has no field 'mood'"),
        (lambda told: told["explanation"].update(start="0"), "explanation.start is '0'"),
        (lambda told: told["explanation"]["levels"][0].pop("rival"), "explanation.levels[0].rival is missing"),
        (
            lambda told: told["explanation"]["levels"][0]["evidence"][0].update(activation=[[1], [2, 3]]),
            "activation is",
        ),
        (lambda told: told["explanation"]["levels"][0]["evidence"][0].update(activation=[[[1.0]]]), "its maps"),
        (lambda told: told["explanation"]["levels"][0]["evidence"][0].update(boxes=[[1, 2, 3]]), "boxes[0]"),
        (lambda told: told.pop("label"), "label is missing"),
    ],
)
def test_a_stored_explanation_that_does_not_fit_is_named(tiny_bundle, tmp_path, change, part):
    bundle = open_bundle(tiny_bundle)
    told = read_json(load_showcase(bundle)[0].file)
    change(told)
    write_json(tmp_path / "00.json.gz", told)
    with pytest.raises(InputError) as caught:
        _ = Stored(replace(bundle, folder=tmp_path), "00.json.gz").explanation
    assert str(caught.value).startswith(str(tmp_path / "00.json.gz"))
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_evidence_lies_on_its_cue_where_the_peak_does(tiny_bundle):
    """A mask of one cell's place: on it with the bit of the level, off it elsewhere, unknown where it is not seen."""
    explanation = load_showcase(open_bundle(tiny_bundle))[0].explanation
    masks = np.zeros((16, 48, 48), np.uint8)
    for bit, level in enumerate(explanation.levels[:2]):
        t, h, w = (
            slice(cell * size // cells, (cell + 1) * size // cells)
            for cell, size, cells in zip(level.evidence[0].cell, masks.shape, explanation.grid, strict=True)
        )
        masks[t, h, w] |= 1 << bit
    assert on_cues(explanation, masks) == (True, True, None)
    assert on_cues(explanation, ~masks & 7) == (False, False, True)
    bare = replace(explanation, levels=tuple(replace(level, evidence=()) for level in explanation.levels))
    assert on_cues(bare, masks | 7) == (None, None, None)


def test_where_no_cue_is_known_nothing_is_said_of_any(tiny_bundle):
    assert {row.on_cue for row in load_showcase(open_bundle(tiny_bundle))} == {()}


def test_a_clip_stored_by_an_earlier_version_is_read(tiny_bundle, tmp_path):
    bundle = open_bundle(tiny_bundle)
    told = read_json(load_showcase(bundle)[0].file)
    del told["on_cue"]
    for level in told["explanation"]["levels"]:
        del level["speaking"]
        for row in level["evidence"]:
            del row["probability_muted"]
    write_json(tmp_path / "00.json.gz", told)
    stored = Stored(replace(bundle, folder=tmp_path), "00.json.gz")
    assert stored.on_cue == ()
    assert stored.explanation.levels[0].speaking is None
    assert stored.explanation.levels[0].evidence[0].probability_muted is None


@pytest.mark.parametrize("flags", [[True], [True, None, False, True]])
def test_flags_of_other_levels_are_refused(tiny_bundle, tmp_path, flags):
    bundle = open_bundle(tiny_bundle)
    write_json(tmp_path / "00.json.gz", read_json(load_showcase(bundle)[0].file) | {"on_cue": flags})
    with pytest.raises(InputError, match=f"tells of {len(flags)} levels"):
        _ = Stored(replace(bundle, folder=tmp_path), "00.json.gz").label


@pytest.fixture
def copy(tiny_bundle, tmp_path) -> Bundle:
    return open_bundle(shutil.copytree(tiny_bundle, tmp_path / "copy"))


def test_the_list_tells_what_the_files_tell_and_reads_none(copy):
    stored = load_showcase(copy)
    told = [row.told for row in stored]
    assert not any("_content" in vars(row) for row in stored)
    (copy.folder / LIST).unlink()
    assert [row.told for row in load_showcase(copy)] == told


def test_the_list_counts_for_no_other_file(copy):
    first = load_showcase(copy)[0]
    write_json(first.file, read_json(first.file) | {"label": "BlueBar"})
    assert load_showcase(copy)[0].label == "BlueBar"


@pytest.mark.parametrize(
    ("change", "part"),
    [({"label": "Nobody"}, "no class"), ({"probabilities": {}}, "probabilities"), ({"times": []}, "times")],
)
def test_a_list_that_does_not_fit_is_named(copy, change, part):
    told = read_json(copy.folder / LIST)
    told[0][2].update(change)
    write_json(copy.folder / LIST, told)
    with pytest.raises(InputError, match=f"{LIST}: .*{part}"):
        load_showcase(copy)
