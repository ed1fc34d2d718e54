"""What all tests share."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if "PYTEST_XDIST_WORKER" in os.environ:  # a process a processor: more threads would only wait for each other
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
import torch
from hypothesis import settings

# The same examples on every machine; a slow machine is no failure.
settings.register_profile("laws", derandomize=True, deadline=None, max_examples=60, database=None)
settings.load_profile("laws")
torch.set_warn_always(True)  # or which test fails on a warning would depend on which ran first

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


# What a test asks for, or the room it stands in, says what it costs: without both marks the mathematics is left.
VIDEOS = {"shared", "tiny_world", "tiny_bundle", "tiny_flat_bundle", "tiny_segments"}
ROOMS = {"pantomime", "ui", "bench", "bundles"}
# Of two processes each takes the next file when it is through with one: the longest come first, and those of the room
# of pages, so that many short ones are left to end with.
LONGEST, LONG = ("test_features_browser.py", "test_quick.py"), "ui"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that need a browser, and tests that make or decode videos."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if "browser" in asked:
            item.add_marker("browser")
        if asked & VIDEOS or item.path.parent.name in ROOMS:
            item.add_marker("rendering")
    items.sort(key=lambda item: _turn(item.path))


def _turn(path: Path) -> int:
    """When a file has its turn, the first for 0; of equals in the order in which they were found."""
    if path.name in LONGEST:
        return LONGEST.index(path.name)
    return len(LONGEST) + (path.parent.name != LONG)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real footage and official splits beside the checkout; tests that need it skip without it."""
    if not (SHARED / "clips").is_dir():
        pytest.skip("no folder of reference footage lies beside the checkout")
    return SHARED


@pytest.fixture(scope="session")
def tiny_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with `tree.csv`, `videos/Class/*.mp4` and, once a bundle was asked for, `runs/`; see `tiny.py`."""
    from tiny import write_world

    return write_world(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny_bundle(tiny_world: Path) -> Path:
    """Bundle of a hierarchical network of a few weights, trained on the tiny world."""
    from tiny import train_bundle

    return train_bundle(tiny_world, tiny_world / "runs", "tiny-cpg2")


@pytest.fixture(scope="session")
def tiny_flat_bundle(tiny_world: Path) -> Path:
    """The same with prototypes of classes only and no ball."""
    from tiny import train_bundle

    return train_bundle(tiny_world, tiny_world / "runs", "tiny-protopnet2", head="fc", prototypes="leaf")


@pytest.fixture(scope="session")
def tiny_segments(tiny_world: Path) -> Path:
    """Bundle of a network that looks at eight frames of a whole video."""
    from tiny import train_bundle

    settings = {"frames": 8, "per_segment": 1, "backbone": "tsm_r18", "width": 4}
    return train_bundle(tiny_world, tiny_world / "segments", "tiny-tsm8", **settings)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, for tests marked `browsing.needs_chromium`."""
    from browsing import CHROMIUM
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()
