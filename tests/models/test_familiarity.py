"""Strange clips are told: by which training clips, from which distance on, and how seldom by mistake."""

import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from drawn import damaged

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.data.dataset import middle_clip
from hprotopnet.errors import InputError
from hprotopnet.explain.explanation import Explanation
from hprotopnet.explain.prototypes import explain
from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.models import familiarity
from hprotopnet.models.backbones import weights
from hprotopnet.models.familiarity import FEWEST_VIDEOS, Familiarity, fit_familiarity, load_familiarity
from hprotopnet.pantomime.shipped import shipped_clips

CHECKPOINTS = SHIPPED.parent.parent / "checkpoints"
REAL = (
    "mmaction2/misc/demo.mp4",
    "mmaction2/misc/S001C001P001R001A001_rgb.avi",
    "pytorch-vision_deb/SoccerJuggling/v_SoccerJuggling_g23_c01.avi",
    "pytorch-vision_deb/gallery/basketball.mp4",
    "pytorch-vision_deb/k400/SOX5yA1l24A.mp4",
    "pytorch-vision_deb/k400/R6llTwEh07w.mp4",
    "pytorch-vision_deb/hmdb_wave/TrumanShow_wave_f_nm_np1_fr_med_26.avi",
    "raivokoot_frames/demo_dataset/jumping/0002",
)


def at(*degrees: float) -> np.ndarray:
    """Vectors of several lengths in the plane, in these directions."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * (1 + np.arange(len(angles)))[:, None]


def angles_of(rows: np.ndarray) -> list[int]:
    return np.rint(np.degrees(np.arctan2(*rows.T[::-1].astype(float)))).astype(int).tolist()


@pytest.fixture
def known() -> Familiarity:
    return Familiarity(at(0, 90).astype(np.float16) / np.array([[1], [2]], np.float16), 0.5)


def test_rows_are_each_the_farthest_from_those_before(monkeypatch):
    train = at(10, 80, 0, 50, 30)
    for count, expected in ((1, [10]), (2, [10, 80]), (3, [10, 80, 50]), (4, [10, 80, 50, 30])):
        monkeypatch.setattr(familiarity, "MOST_CLIPS", count)
        assert angles_of(fit_familiarity(train, at(5), FEWEST_VIDEOS).rows) == expected
    monkeypatch.setattr(familiarity, "MOST_CLIPS", 9)
    assert sorted(angles_of(fit_familiarity(train, at(5), FEWEST_VIDEOS).rows)) == [0, 10, 30, 50, 80]


def test_clips_without_features_stand_for_nothing_and_are_like_nothing():
    train = np.concatenate([np.zeros((1, 2)), at(0, 90)])
    found = fit_familiarity(train, at(60), FEWEST_VIDEOS)
    assert angles_of(found.rows) == [0, 90]
    assert found.strangeness(np.zeros((1, 2)))[0] * found.threshold == pytest.approx(1)
    assert fit_familiarity(train[:1], at(60), FEWEST_VIDEOS) is None


def test_strangeness_is_one_less_cosine_to_the_nearest_row_in_thresholds(known):
    found = known.strangeness(at(0, 60, 90, 180, 225))
    np.testing.assert_allclose(found, [0, 2 - 2 * np.cos(np.radians(30)), 0, 2, 2 + 2 * np.sqrt(0.5)], atol=1e-3)
    np.testing.assert_array_equal(known.strangeness(100 * at(20, 200)), known.strangeness(at(20, 200)))


@pytest.mark.parametrize(("clips", "beyond"), [(50, 0), (198, 0), (199, 1), (288, 1), (299, 2), (999, 9)])
def test_one_in_a_hundred_held_out_clips_lies_beyond_the_threshold(clips, beyond):
    """The threshold is the k-th largest: k - 1 lie beyond it."""
    held_out = at(*np.random.default_rng(clips).permutation(np.linspace(1, 80, clips)))
    found = fit_familiarity(at(0), held_out, FEWEST_VIDEOS)
    assert (found.strangeness(held_out) > 1 + 1e-12).sum() == beyond
    assert np.isclose(found.strangeness(held_out), 1, atol=1e-12).sum() == 1


def test_few_videos_say_nothing_however_many_clips_they_have():
    held_out = at(*np.linspace(1, 80, 500))
    assert fit_familiarity(at(0), held_out, FEWEST_VIDEOS - 1) is None
    assert fit_familiarity(at(0), held_out, FEWEST_VIDEOS) is not None


@pytest.mark.parametrize("held_out", [50, 150, 300])
def test_clips_like_those_held_out_are_called_strange_as_seldom_as_promised(held_out):
    rng = np.random.default_rng(held_out)
    worlds, alarms = 200, []
    for _ in range(worlds):
        train, others, new = (np.abs(rng.normal(1, 0.4, size=(n, 12))) for n in (60, held_out, 100))
        alarms.append((fit_familiarity(train, others, FEWEST_VIDEOS).strangeness(new) > 1).mean())
    bound = max(1, (held_out + 1) // 100) / (held_out + 1)
    error = np.std(alarms, ddof=1) / np.sqrt(worlds)
    assert 0 < np.mean(alarms) < bound + 3 * error
    strange = np.abs(rng.normal(1, 0.4, size=(100, 12))) * np.repeat([4, 0.1], 6)
    assert (fit_familiarity(train, others, FEWEST_VIDEOS).strangeness(strange) > 1).mean() > 0.9


def test_held_out_clips_that_are_training_clips_leave_room_for_rounding():
    train = np.random.default_rng(0).random((60, 50))
    found = fit_familiarity(train, train, FEWEST_VIDEOS)
    assert (found.strangeness(train) <= 1).all()


def test_what_is_saved_is_read(known, tmp_path):
    known.save(tmp_path / "familiarity.npz")
    again = load_familiarity(tmp_path / "familiarity.npz", 2, "train again")
    np.testing.assert_array_equal(again.rows, known.rows)
    assert (again.rows.dtype, again.threshold) == (np.float16, known.threshold)
    assert load_familiarity(tmp_path / "absent.npz", 2, "train again") is None


@pytest.mark.parametrize(
    "change",
    [
        {"rows": np.ones((2, 2), np.float16)},
        {"rows": np.eye(2)},
        {"rows": np.full((2, 2), np.nan, np.float16)},
        {"rows": np.zeros((0, 2), np.float16)},
        {"rows": np.ones(2, np.float16)},
        {"rows": np.array([[{}]])},
        {"rows": np.eye(3, dtype=np.float16)},
        {"rows": np.full((2, 2), np.inf, np.float16)},
        {"threshold": np.nan},
        {"threshold": 0.0},
        {"threshold": 2.5},
        {"threshold": "half"},
        {"threshold": np.ones(2)},
    ],
)
def test_other_content_is_refused_in_one_line(change, tmp_path):
    path = tmp_path / "familiarity.npz"
    np.savez(path, **{"rows": np.eye(2, dtype=np.float16), "threshold": 0.5} | change)
    with pytest.raises(InputError, match=r"familiarity\.npz.*; train again$"):
        load_familiarity(path, 2, "train again")


@pytest.mark.parametrize("keep", [0, 10, 200])
def test_a_damaged_file_is_refused_in_one_line(known, keep, tmp_path):
    path = tmp_path / "familiarity.npz"
    known.save(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"^.*familiarity\.npz.*; train again$"):
        load_familiarity(path, 2, "train again")
    for content in damaged(path, rows=known.rows, threshold=known.threshold):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"^.*familiarity\.npz: (not a file of training clips|cannot be read)"):
            load_familiarity(path, 2, "train again")
    np.savez(path, rows=known.rows)
    with pytest.raises(InputError, match="threshold"):
        load_familiarity(path, 2, "train again")


def test_asking_waits_for_no_torch():
    code = "import sys, hprotopnet.models.familiarity; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=SHIPPED.parent.parent, check=False).returncode == 0


def test_both_shipped_networks_know_the_same_clips():
    """Their backbone and their training clips are the same."""
    one, other = (
        load_familiarity(CHECKPOINTS / name / "familiarity.npz", 1312, "")
        for name in ("pantomime-cpg10-tied", "pantomime-protopnet10-tuned")
    )
    np.testing.assert_array_equal(one.rows, other.rows)
    assert one.rows.shape == (256, 1312)
    assert one.threshold == other.threshold == pytest.approx(0.0107, abs=1e-4)


@cache
def shipped_network():
    if not weights.cached_i3d().is_file():
        pytest.skip("the I3D weights are not in the cache: run `python -m hprotopnet fetch`")
    bundle = open_bundle(CHECKPOINTS / "pantomime-cpg10-tied")
    return bundle, bundle.load_model()


def said_of(video) -> Explanation:
    bundle, model = shipped_network()
    clip = middle_clip(video, bundle.config.clip)
    return explain(model, clip, bundle.config.threshold)


@pytest.mark.rendering
def test_the_shipped_network_knows_its_kind_of_clips():
    bundle, _ = shipped_network()
    stored = {row.explanation.video: row.explanation for row in load_showcase(bundle)}
    found = [said_of(video) for video in shipped_clips(bundle.hierarchy)[::5]]
    assert len(found) == 8
    for explanation in found:
        assert 0 < explanation.strangeness < 1
        assert not explanation.unlike
        assert explanation.strangeness == pytest.approx(stored[explanation.video].strangeness, rel=1e-2)


def test_the_shipped_network_finds_real_clips_strange(shared):
    found = [said_of(shared / "clips" / "assorted" / path) for path in REAL]
    assert np.mean([explanation.unlike for explanation in found]) >= 0.9
