"""A data set of rendered videos: what lies where, what is kept, what is refused. A stand-in draws most of it."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hprotopnet.data.dataset import list_videos
from hprotopnet.data.splits import TEST_GROUPS, make_split
from hprotopnet.data.video import probe
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import load_hierarchy
from hprotopnet.pantomime import writing
from hprotopnet.pantomime.spec import tree
from hprotopnet.pantomime.stage import ACTOR, CHILD, GRANDPARENT, PARENT
from hprotopnet.pantomime.truth import TruthWriter, load_truth, truth_path
from hprotopnet.pantomime.writing import describe, groups_of, held_out_groups_of, write_dataset

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Shot:
    """What stands in for a spec: a square whose place and size tell which one it is."""

    seed: int
    label: str
    group: int
    number: int
    frames: int = 4
    idle: bool = False
    quality: int = 28
    tempo: float = 1.0
    phase: float = 0.0

    @property
    def seconds(self):
        return self.frames / 25

    def to_dict(self):
        return asdict(self)


def draw(spec):
    """What stands in for the renderer."""
    for i in range(spec.frames):
        image = np.full((48, 64, 3), (spec.seed % 256, 8 * spec.group, 90), np.uint8)
        mask = np.full((48, 64), GRANDPARENT, np.uint8)
        mask[24:] = PARENT * (spec.group % 2)
        if not spec.idle:
            image[4 + i : 20, 4 : 10 + len(spec.label)] = 255
            mask[4 + i : 20, 4 : 10 + len(spec.label)] = CHILD | ACTOR
        yield SimpleNamespace(image=image, mask=mask)


@pytest.fixture
def drawn(monkeypatch):
    """Counts the shots that the stand-in draws."""
    shots = []

    def render(spec):
        shots.append(spec)
        return draw(spec)

    def story(seed, number):
        return Shot(seed, "Rafting", 1, number, 5, idle=True), Shot(seed, "Rafting", 1, number, 3)

    def untrimmed(seed, number):
        pause = Shot(seed, "Violin", 2, number, 2, idle=True)
        return pause, Shot(seed, "Violin", 2, number, 4), pause, Shot(seed, "Mopping", 2, number, 3), pause

    monkeypatch.setattr(writing, "render", render)
    monkeypatch.setattr(writing, "clip_spec", lambda *key: Shot(*key[:4], tempo=key[4].displacement))
    monkeypatch.setattr(writing, "story", story)
    monkeypatch.setattr(writing, "untrimmed_video", untrimmed)
    return shots


def write(out, seed=1, per_class=2, **more):
    return write_dataset(out, seed, per_class, **{"classes": ["Chores", "Violin"], "workers": 1} | more)


def contents(folder):
    """Every file below a folder by its path, and what is in it."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("per_class", [1, 2, 3, 4, 7, 10, 18, 20, 24, 25, 26, 40, 50, 51, 99])
def test_groups_share_the_clips_evenly(per_class):
    plan = groups_of(per_class)
    counts = {group: sum(own == group for own, _ in plan) for group in range(1, 26)}
    assert len(plan) == len(set(plan)) == per_class
    assert max(counts.values()) - min(counts.values()) <= 1
    assert all(sorted(n for own, n in plan if own == group) == list(range(1, counts[group] + 1)) for group in counts)
    tested = sum(counts[group] for group in range(1, 8))
    assert abs(tested - 0.28 * per_class) < 1
    assert (0 < tested < per_class) or per_class == 1


def test_a_larger_set_holds_every_clip_of_a_smaller_one():
    for per_class in range(1, 60):
        assert set(groups_of(per_class)) < set(groups_of(per_class + 1))


def test_the_layout_is_that_of_ucf101(tmp_path, drawn):
    figures = write(tmp_path / "d", per_class=4, stories=2, untrimmed=1)
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == [
        *("Hammering", "Ironing", "Mopping", "Violin", "classInd.txt", "films", "pantomime.json"),
        *("testlist01.txt", "trainlist01.txt"),
    ]
    assert sorted(path.name for path in (tmp_path / "d" / "Violin").glob("*.mp4")) == [
        f"v_Violin_{group}_c01.mp4" for group in ("g01", "g08", "g09", "g10")
    ]
    assert (tmp_path / "d" / "classInd.txt").read_text() == "1 Hammering\n2 Ironing\n3 Mopping\n4 Violin\n"
    assert (tmp_path / "d" / "testlist01.txt").read_text().splitlines()[-1] == "Violin/v_Violin_g01_c01.mp4"
    assert (tmp_path / "d" / "trainlist01.txt").read_text().splitlines()[-1] == "Violin/v_Violin_g10_c01.mp4 4"
    assert (figures["clips"], figures["rendered"], figures["kept"]) == (16, 19, 0)
    assert figures["minutes"] == pytest.approx((16 * 4 + 2 * 8 + 13) / 25 / 60)
    size = sum(len(data) for name, data in contents(tmp_path / "d").items() if name.endswith((".mp4", ".npz")))
    assert figures["megabytes"] == pytest.approx(size / 1e6)
    assert len(drawn) == 16 + 2 * 2 + 5


def test_lists_have_the_form_of_the_official_ones(tmp_path, drawn, shared):
    write(tmp_path, classes=None, per_class=2)
    for name in ("classInd.txt", "trainlist01.txt", "testlist01.txt"):
        ours, theirs = ((folder / name).read_text().splitlines()[0] for folder in (tmp_path, shared / "splits"))
        kind = [
            [type_of(word) for word in line.replace("/", " / ").replace("_", " _ ").split()] for line in (ours, theirs)
        ]
        assert kind[0] == kind[1], name


def type_of(word):
    stem = word.removesuffix(".avi").removesuffix(".mp4")
    return "name" if stem.isalpha() else "number" if stem.isdigit() else stem.rstrip("0123456789")


def test_the_common_loader_reads_it_without_a_word(tmp_path, drawn):
    write(tmp_path, classes=None, per_class=6, stories=1, untrimmed=1)
    listing = list_videos(tmp_path, load_hierarchy("pantomime"))
    assert (listing.unknown, listing.missing, listing.left_out) == ({}, {}, {})
    assert len(listing.videos) == 36 * 6
    split = make_split(listing.videos, None, tmp_path)
    assert split.record["source"] == "trainlist01.txt, testlist01.txt"
    assert {key: split.record[key] for key in ("absent", "unlisted", "of_other_classes")} == dict.fromkeys(
        ("absent", "unlisted", "of_other_classes"), 0
    )
    assert {video.group for video in split.test} <= set(TEST_GROUPS)
    assert len(split.test) == 36 * 2
    by_rule = make_split(listing.videos, None, tmp_path / "Rafting")
    assert by_rule.test == split.test
    assert not any(split.record[side]["classes_without"] for side in ("train", "validation", "test"))


def test_every_video_has_its_truth(tmp_path, drawn):
    write(tmp_path, stories=1, untrimmed=1)
    for path in tmp_path.rglob("*.mp4"):
        truth = load_truth(path)
        shots = [Shot(**film) for film in truth.films]
        assert (truth.masks == np.stack([frame.mask for shot in shots for frame in draw(shot)])).all()
        assert truth.seed == 1
    (clip,) = load_truth(tmp_path / "Violin" / "v_Violin_g08_c01.mp4").films
    assert (clip["label"], clip["group"], clip["number"]) == ("Violin", 8, 1)


def test_segments_tell_what_is_acted_when(tmp_path, drawn):
    write(tmp_path, stories=2, untrimmed=1)
    with (tmp_path / "films" / "segments.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["video", "start", "stop", "class"],
        ["stories/story_001.mp4", "0.20", "0.32", "Rafting"],
        ["stories/story_002.mp4", "0.20", "0.32", "Rafting"],
        ["untrimmed/untrimmed_001.mp4", "0.08", "0.24", "Violin"],
        ["untrimmed/untrimmed_001.mp4", "0.32", "0.44", "Mopping"],
    ]
    for video in {row[0] for row in rows[1:]}:
        assert probe(tmp_path / "films" / video).fps == pytest.approx(25)


def test_untrimmed_videos_are_annotated_in_the_common_form_with_the_side_of_each(tmp_path, drawn):
    figures = write(tmp_path, per_class=0, stories=1, untrimmed=4)
    assert figures["visible"]["parent"] is None
    assert next(describe(figures)).startswith("0 clips of 4 classes, 1 stories, 4 untrimmed videos")
    assert not list(tmp_path.glob("Violin"))
    database = json.loads((tmp_path / "films" / "untrimmed.json").read_text())["database"]
    assert {name: own["subset"] for name, own in database.items()} == {
        f"untrimmed_{number:03d}": side
        for number, side in ((1, "testing"), (2, "training"), (3, "training"), (4, "testing"))
    }
    assert database["untrimmed_002"]["duration"] == pytest.approx(13 / 25)
    assert database["untrimmed_002"]["annotations"] == [
        {"segment": [0.08, 0.24], "label": "Violin"},
        {"segment": [0.32, 0.44], "label": "Mopping"},
    ]
    atoms = json.loads((tmp_path / "films" / "untrimmed-atoms.json").read_text())["atoms"]
    assert atoms["untrimmed_002"] == [
        {"segment": [0.08, 0.24], "label": "hand across", "phase": "out"},
        {"segment": [0.32, 0.44], "label": "twist", "phase": "out"},
        {"segment": [0.32, 0.44], "label": "bow", "phase": "out"},
    ]


def test_cues_are_counted_by_clip(tmp_path, drawn):
    figures = write(tmp_path, per_class=25, classes=["Violin"])
    assert figures["visible"] == {"grandparent": 1.0, "parent": 13 / 25, "child": 1.0, "actor": 1.0}
    text = "\n".join(describe(figures))
    assert "25 clips of 1 classes, 0 stories, 0 untrimmed videos" in text
    assert "parent 52.0 %" in text


def test_names_of_any_level_choose_classes(tmp_path, drawn):
    assert write(tmp_path, classes=["Violin", " Grooming", "Shaving"])["classes"] == [
        *("Violin", "BrushingTeeth", "Shaving", "BlowDryingHair"),
    ]
    with pytest.raises(InputError, match="'Groming' is not in the hierarchy; did you mean 'Grooming'"):
        write(tmp_path / "other", classes=["Groming"])
    assert not (tmp_path / "other").exists()


def test_two_runs_give_the_same_files(tmp_path, drawn):
    for name in "ab":
        write(tmp_path / name, stories=1, untrimmed=1)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    write(tmp_path / "c", seed=2, stories=1, untrimmed=1)
    assert contents(tmp_path / "c").keys() == contents(tmp_path / "a").keys()
    video = "Violin/v_Violin_g01_c01.mp4"
    assert contents(tmp_path / "c")[video] != contents(tmp_path / "a")[video]


def test_what_is_finished_is_kept(tmp_path, drawn):
    write(tmp_path, stories=1)
    before = contents(tmp_path)
    drawn.clear()
    figures = write(tmp_path, stories=1)
    assert (drawn, figures["rendered"], figures["kept"], figures["clips_per_minute"]) == ([], 0, 9, None)
    assert list(describe(figures))[1] == "0 rendered now, 9 were there"
    assert contents(tmp_path) == before
    assert write(tmp_path, stories=1, again=True)["rendered"] == 9
    assert contents(tmp_path) == before
    assert write(tmp_path, per_class=5, stories=1)["rendered"] == 4 * 3


def test_what_is_half_there_or_damaged_or_something_else_is_rendered_again(tmp_path, drawn):
    write(tmp_path)
    before = contents(tmp_path)
    videos = sorted(tmp_path.glob("*/*.mp4"))
    truth_path(videos[0]).unlink()
    videos[1].unlink()
    truth_path(videos[2]).write_bytes(b"PK")
    truth_path(videos[3]).write_bytes(truth_path(videos[4]).read_bytes())
    drawn.clear()
    assert write(tmp_path)["rendered"] == 4
    assert [(shot.label, shot.group) for shot in sorted(drawn, key=lambda shot: shot.label)] == [
        ("Hammering", 1),
        ("Hammering", 8),
        ("Ironing", 1),
        ("Ironing", 8),
    ]
    assert contents(tmp_path) == before


def test_an_interrupted_run_leaves_whole_pairs_only_and_goes_on(tmp_path, drawn, monkeypatch):
    def failing(spec):
        for i, frame in enumerate(draw(spec)):
            if len(drawn) == 5 and i == 2:
                raise KeyboardInterrupt
            yield frame

    whole = writing.render
    monkeypatch.setattr(writing, "render", lambda spec: (drawn.append(spec), failing(spec))[1])
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path)
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert len(left) == 2 * 4 + 1
    assert json.loads((tmp_path / "pantomime.json").read_text())["finished"] is False
    with pytest.raises(InputError, match="rendered with seed 1, not 2"):
        write(tmp_path, seed=2)
    monkeypatch.setattr(writing, "render", whole)
    drawn.clear()
    assert write(tmp_path)["kept"] == 4
    write(tmp_path.parent / "straight")
    assert contents(tmp_path) == contents(tmp_path.parent / "straight")


def test_frames_are_written_as_they_are_drawn(tmp_path, drawn, monkeypatch):
    """No frame is asked for before the one before it is in the file and its mask is packed: a film may be long."""
    events = []

    def told(spec):
        for number, frame in enumerate(draw(spec)):
            events.append(("drawn", number))
            yield frame

    class Told(TruthWriter):
        def add(self, mask):
            super().add(mask)
            events.append(("packed", len(self.visible) - 1))

    monkeypatch.setattr(writing, "render", told)
    monkeypatch.setattr(writing, "TruthWriter", Told)
    write(tmp_path, per_class=1, classes=["Violin"])
    assert events == [(what, number) for number in range(4) for what in ("drawn", "packed")]


def test_one_folder_has_one_seed_and_nothing_else(tmp_path, drawn):
    write(tmp_path / "d", seed=1)
    with pytest.raises(InputError, match=r"pantomime\.json: .* seed 1, not 2; give another folder"):
        write(tmp_path / "d", seed=2)
    (tmp_path / "ucf" / "Rafting").mkdir(parents=True)
    with pytest.raises(InputError, match="ucf: holds something else"):
        write(tmp_path / "ucf")
    assert [path.name for path in (tmp_path / "ucf").iterdir()] == ["Rafting"]
    (tmp_path / "d" / "pantomime.json").write_text("[]")
    with pytest.raises(InputError, match="seed None, not 1"):
        write(tmp_path / "d")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        write(tmp_path / "file")


def test_displacement_is_told_where_it_is_not_the_usual_one_and_does_not_mix(tmp_path, drawn):
    usual, far = tmp_path / "usual", tmp_path / "far"
    write_dataset(usual, 0, 1, classes=["Violin"], workers=1)
    figures = write_dataset(far, 0, 1, classes=["Violin"], workers=1, displacement=3)
    assert "displacement" not in json.loads((usual / "pantomime.json").read_text())
    assert figures["displacement"] == json.loads((far / "pantomime.json").read_text())["displacement"] == 3
    assert drawn[0].tempo * 3 == drawn[1].tempo
    for folder, times, found in ((usual, 3, "1.0, not 3"), (far, 1, "3, not 1.0")):
        with pytest.raises(InputError, match=f"displacement {found}"):
            write_dataset(folder, 0, 1, classes=["Violin"], workers=1, displacement=times)


def test_another_version_of_the_renderer_does_not_mix(tmp_path, drawn, monkeypatch):
    write(tmp_path)
    monkeypatch.setattr(writing, "VERSION", writing.VERSION + 1)
    with pytest.raises(InputError, match="version"):
        write(tmp_path)


# With the renderer itself.


def test_processes_give_the_same_files_as_one(tmp_path):
    for workers in (1, 2):
        write_dataset(tmp_path / str(workers), 5, 1, classes=["Mopping", "Lunges"], workers=workers)
    one, two = (contents(tmp_path / name) for name in "12")
    assert one == two
    assert len(one) == 2 * 2 + 4


def test_ctrl_c_ends_the_command_and_its_workers(tmp_path):
    command = [sys.executable, "-m", "hprotopnet", "pantomime", "--classes", "Lunges", "--workers", "2"]
    command += ["--out", tmp_path]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell in the background hands on a deaf ear
    pipes = {"stderr": subprocess.PIPE, "text": True}
    running = subprocess.Popen(command, cwd=ROOT, **pipes, start_new_session=True, preexec_fn=heard)
    deadline = time.monotonic() + 60
    while not any(tmp_path.rglob("*.truth.npz")):
        assert running.poll() is None, running.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)
    _, told = running.communicate(timeout=60)  # at its end nobody is left who could write
    assert running.returncode == 130
    assert "Traceback" not in told
    assert not list(tmp_path.rglob(".*"))
    videos, truths = (sorted(tmp_path.rglob(f"*.{suffix}")) for suffix in ("mp4", "truth.npz"))
    assert [truth_path(video) for video in videos] == truths


@pytest.mark.parametrize("per_class", [1, 7, 10])
def test_test_clips_alone_are_spread_over_the_test_groups(per_class):
    plans = [held_out_groups_of(per_class, label) for label in tree().classes]
    assert all(len(set(plan)) == per_class and {group for group, _ in plan} <= set(range(1, 8)) for plan in plans)
    assert {group for plan in plans for group, _ in plan} == set(range(1, 8))
