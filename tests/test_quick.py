"""The whole chain as `train.py --recipe quick` runs it: render, points, train, project, evaluate, explain."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hprotopnet.bundles.bundle import open_bundle
from hprotopnet.bundles.showcase import load_showcase
from hprotopnet.bundles.traces import load_traces
from hprotopnet.pantomime.truth import load_truth
from hprotopnet.recipes import EIGHT

pytestmark = pytest.mark.rendering

ROOT = Path(__file__).resolve().parent.parent


def run(cache: Path, *arguments: object) -> str:
    environment = os.environ | {"HPROTOPNET_CACHE": str(cache)}
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the cache and, in `bundle`, what the recipe made of it."""
    folder = tmp_path_factory.mktemp("quick")
    run(folder / "cache", "train.py", "--recipe", "quick", "--out", folder / "bundle")
    return folder


@pytest.mark.timeout(600)
def test_the_network_beats_chance_clearly(quick):
    figures = open_bundle(quick / "bundle").meta["figures"]
    assert figures["n"]["clips"] >= 24
    assert figures["clip"]["accuracy"] > 2 / len(EIGHT)
    assert figures["clip"]["sibling"] > 2 / 4
    assert figures["clip"]["cousin"] > 0.75


def test_evidence_is_measured_against_the_truth(quick):
    data = next((quick / "cache").glob("pantomime-*"))
    json_file = quick / "figures.json"
    run(
        quick / "cache",
        *("-m", "hprotopnet", "evaluate", "--bundle", quick / "bundle", "--data", data),
        *("--pointing", 8, "--json", json_file),
    )
    found = json.loads(json_file.read_text())["pointing"]
    assert list(found) == ["grandparent", "parent", "child"]
    for row in found.values():
        assert 0 <= row["hits"] <= 1
        assert 0 < row["chance"] < 1


def test_clips_of_test_groups_alone_are_enough_to_evaluate(quick):
    run(
        quick / "cache",
        *("-m", "hprotopnet", "evaluate", "--bundle", quick / "bundle", "--data", ROOT / "assets" / "pantomime"),
        *("--json", quick / "shipped.json"),
    )
    assert json.loads((quick / "shipped.json").read_text())["n"]["clips"] == len(EIGHT)


def test_the_bundle_explains_the_clips_of_its_classes_that_come_with_the_project(quick):
    bundle = open_bundle(quick / "bundle")
    stored = load_showcase(bundle)
    assert {case.label for case in stored} == set(EIGHT)
    assert all(case.clip.is_file() for case in stored)
    assert all(trace.label in EIGHT for trace in load_traces(bundle))


def test_a_clip_is_explained_from_the_command_line(quick):
    video = next((ROOT / "assets" / "pantomime" / "Rafting").glob("*.mp4"))
    run(
        quick / "cache",
        *("-m", "hprotopnet", "explain", "--bundle", quick / "bundle", "--video", video, "--out", quick / "why"),
    )
    assert (quick / "why" / "explanation.json").is_file()


def test_the_clips_of_the_project_come_with_their_truth():
    videos = sorted((ROOT / "assets" / "pantomime").glob("*/*.mp4"))
    assert len(videos) == 36
    for video in videos[::6]:
        truth = load_truth(video)
        assert [label for *_, label in truth.segments] == [video.parent.name]
        assert truth.visible[:, 2].max() > 0
