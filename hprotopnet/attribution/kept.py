"""Attributions that were made once, in the user's cache: found by content, bounded in size, made anew when damaged.

What a file is called says all that decides what is in it: the network, the pixels of the clip, the target, the method
with its settings, and the version of this package's methods. So nothing in it can be out of date, and whoever asks
again gets it without a network. Files appear whole or not at all; where two make the same one, the last stays.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from hprotopnet.attribution.attribution import Attribution, load_attribution, save_attribution
from hprotopnet.attribution.methods import choose_settings, find_method
from hprotopnet.errors import InputError
from hprotopnet.files import cache_dir

VERSION = 1  # of what methods make of a clip's pixels; raise it when one of them changes, or how pixels are normalised
MOST_BYTES = 512 * 2**20  # of all that is kept; what was not looked at for the longest time goes


def folder() -> Path:
    """Where they lie."""
    return cache_dir() / "attributions"


def key_of(
    network: str, images: np.ndarray, target: str, method: str, settings: Mapping[str, Any] | None = None
) -> str:
    """A name for one attribution and no other.

    Args:
        network: hash of all that decides what the network says about pixels.
        images: the clip, uint8 (T, H, W, 3).
        settings: of the method, where they differ from its defaults.
    """
    chosen = asdict(choose_settings(find_method(method), dict(settings or {})))
    pixels = hashlib.sha256(np.ascontiguousarray(images)).hexdigest()
    own = [VERSION, network, pixels, list(images.shape), target, method, chosen]
    return hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()[:32]


def find(key: str) -> Attribution | None:
    """What is kept under a key; None where nothing is, or what is cannot be read, which then goes."""
    path = _path(key)
    try:
        if not path.is_file():
            return None
        found = load_attribution(path)
        with suppress(OSError):
            os.utime(path)
        return found
    except InputError:
        with suppress(OSError):
            path.unlink()
        return None


def keep(key: str, own: Attribution) -> None:
    """Keep an attribution under a key, and let go what is too much; where nothing can be written, nothing is kept."""
    with suppress(OSError, InputError):
        folder().mkdir(parents=True, exist_ok=True)
        save_attribution(_path(key), own)
        _let_go()


def _path(key: str) -> Path:
    return folder() / f"{key}.npz"


def _let_go() -> None:
    """Delete what was not looked at for the longest time, until the rest is no more than `MOST_BYTES`."""
    known = []
    for path in folder().glob("*.npz"):
        with suppress(OSError):
            known.append((path.stat().st_mtime_ns, path.stat().st_size, path))
    whole = 0
    for _, size, path in sorted(known, reverse=True):
        whole += size
        if whole > MOST_BYTES:
            with suppress(OSError):
                path.unlink()
