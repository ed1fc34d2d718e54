"""Attributions in the user's cache: found by content, made anew when damaged, bounded, and never seen half-written."""

import os
from dataclasses import replace
from threading import Thread

import numpy as np
import pytest

from hprotopnet.attribution import kept
from hprotopnet.attribution.attribution import Attribution

IMAGES = np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "attributions"


def an_attribution(value: float = 1.0) -> Attribution:
    values = np.full((2, 4, 4), value, np.float32)
    return Attribution("gradcam", "toy", "dunk", values, False, (1, 2, 2), {"weights": "per step"}, 0.5, 2.0, -0.1)


def key(**other) -> str:
    own = {"network": "abc", "images": IMAGES, "target": "dunk", "method": "gradcam"} | other
    return kept.key_of(**own)


def test_what_is_kept_is_found_again():
    assert kept.find(key()) is None
    kept.keep(key(), an_attribution())
    found = kept.find(key())
    np.testing.assert_array_equal(found.values, an_attribution().values)
    assert (found.target, found.resolution) == ("dunk", (1, 2, 2))


def test_whatever_decides_the_values_is_in_the_key(monkeypatch):
    others = [
        key(network="abd"),
        key(images=IMAGES[::-1]),
        key(images=IMAGES.reshape(4, 2, 4, 3)),
        key(target="throw"),
        key(method="gradients"),
        key(settings={"weights": "global"}),
    ]
    assert key(settings={"weights": "per step"}) == key()  # its default
    monkeypatch.setattr(kept, "VERSION", kept.VERSION + 1)
    assert len({*others, key()}) == len(others) + 1
    monkeypatch.undo()
    assert key() not in others


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_damaged_file_is_made_anew(cache, content):
    kept.keep(key(), an_attribution())
    path = cache / f"{key()}.npz"
    path.write_bytes(path.read_bytes()[:-40] if content is None else content)
    assert kept.find(key()) is None
    assert not path.exists()
    kept.keep(key(), an_attribution(3))
    assert kept.find(key()).values.max() == 3


def test_what_was_not_looked_at_for_the_longest_time_goes(cache, monkeypatch):
    keys = [key(target=str(number)) for number in range(4)]
    for age, own in enumerate(keys[:3]):
        kept.keep(own, an_attribution())
        os.utime(cache / f"{own}.npz", (1000 + age, 1000 + age))
    assert kept.find(keys[0])  # looked at: now the youngest
    monkeypatch.setattr(kept, "MOST_BYTES", 2.5 * (cache / f"{keys[0]}.npz").stat().st_size)
    kept.keep(keys[3], an_attribution())
    assert [own for own in keys if kept.find(own)] == [keys[0], keys[3]]


def test_two_at_once_never_see_half_a_file():
    wrong = []

    def again(value: float) -> None:
        for _ in range(20):
            kept.keep(key(), an_attribution(value))
            found = kept.find(key())
            if found is None or found.values.max() not in (1, 2):
                wrong.append(found)

    threads = [Thread(target=again, args=(value,)) for value in (1.0, 2.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_where_nothing_can_be_written_nothing_is_kept(monkeypatch, tmp_path):
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tmp_path / "taken"))
    kept.keep(key(), an_attribution())
    assert kept.find(key()) is None


def test_of_another_clip_nothing_is_found():
    kept.keep(key(), replace(an_attribution(), target="dunk"))
    assert kept.find(key(images=255 - IMAGES)) is None
