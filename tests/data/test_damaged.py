"""Damaged copies of videos through the whole of `explain`: an explanation or one clear line, never anything else."""

import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from hprotopnet.bundles.bundle import Bundle, open_bundle
from hprotopnet.errors import InputError
from hprotopnet.views.report import explain_video


def damage(content: bytes, rng: np.random.Generator) -> bytes:
    """The file with bytes cut off or out, flipped, or inserted."""
    data = bytearray(content)
    at = int(rng.integers(len(data)))
    match rng.integers(4):
        case 0:
            del data[at:]
        case 1:
            del data[at : at + int(rng.integers(1, 4000))]
        case 2:
            for place in rng.integers(len(data), size=int(rng.integers(1, 200))):
                data[place] ^= 1 << int(rng.integers(8))
        case _:
            data[at:at] = rng.bytes(int(rng.integers(1, 4000)))
    return bytes(data)


def try_copies(bundle: Bundle, originals: list[Path], copies: int, folder: Path) -> dict[str, int]:
    """How many of the copies were explained and how many refused; anything else propagates."""
    rng = np.random.default_rng(0)
    outcomes = {"explained": 0, "refused": 0}
    for number in range(copies):
        original = originals[number % len(originals)]
        path = folder / f"copy-{number}{original.suffix}"
        path.write_bytes(damage(original.read_bytes(), rng))
        began = time.monotonic()
        lines, refusal = outcome(bundle, path, folder / "out")
        if refusal is None:
            assert any(line.startswith("answer") for line in lines)
            outcomes["explained"] += 1
        else:
            assert path.name in refusal
            assert "\n" not in refusal
            outcomes["refused"] += 1
        assert time.monotonic() - began < 20
    return outcomes


def outcome(bundle: Bundle, path: Path, out: Path) -> tuple[list[str], str | None]:
    """The lines of an explanation, or the line that refuses it."""
    try:
        return list(explain_video(bundle, path, out, None, None)), None
    except InputError as error:
        return [], str(error)


@pytest.fixture
def bundle(tiny_bundle, monkeypatch):
    monkeypatch.setattr(Bundle, "load_model", cache(Bundle.load_model))
    monkeypatch.setattr(Bundle, "__hash__", lambda self: hash(self.folder))
    return open_bundle(tiny_bundle)


def test_copies_of_a_synthetic_clip(bundle, tiny_world, tmp_path):
    originals = sorted((tiny_world / "videos").glob("*/*_g01_c01.mp4"))
    outcomes = try_copies(bundle, originals, 40, tmp_path)
    assert outcomes["explained"] > 0
    assert outcomes["refused"] > 0


def test_copies_of_real_clips(bundle, shared, tmp_path):
    originals = sorted((shared / "clips" / "ucf101").glob("*/*_g05_c01.avi"))
    outcomes = try_copies(bundle, originals, 40, tmp_path)
    assert sum(outcomes.values()) == 40
