"""Spoil sound clips, trees, lists and bundles at random and read them: an answer, or one line that names the file.

    PYTHONPATH=. python tests/fuzz.py --mutations 3000
    PYTHONPATH=. python tests/fuzz.py --seconds 600 --seed 7 bundles

What went wrong is kept in a folder, with the error, to be looked at. A seed gives the same mutations every time.
"""

import argparse
import gzip
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from footage import moving_block, write_lossless
from tqdm import tqdm
from zoo_bundles import CLIP, STORY, read_all, sound

from hprotopnet.data.lists import read_list
from hprotopnet.data.pool import POOL
from hprotopnet.data.video import probe, read_frames, write_video
from hprotopnet.errors import InputError
from hprotopnet.hierarchy.tree import SHIPPED, list_problems, load_hierarchy
from hprotopnet.pantomime.shipped import CLIPS

LONGEST = 20  # seconds for an answer
VALUES = (
    None,
    True,
    -1,
    0,
    1,
    10**9,
    2**63,
    -(10**400),
    0.5,
    float("nan"),
    "",
    "x",
    "../../x",
    [],
    {},
    [[]],
    "a" * 10**5,
)
Draw = random.Random


def spoil_bytes(content: bytes, draw: Draw) -> bytes:
    """Some bytes changed, cut off, left out, put in, repeated or moved."""
    data = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 5, 30))):
        at, length = draw.randrange(len(data) + 1), draw.choice((1, 1, 2, 4, 8, 64, 1024))
        match draw.choice(("flip", "cut", "drop", "insert", "repeat", "blank", "large")):
            case "flip" if data:
                data[at % len(data)] ^= 1 << draw.randrange(8)
            case "cut":
                del data[at:]
            case "drop":
                del data[at : at + length]
            case "insert":
                data[at:at] = draw.randbytes(length)
            case "repeat":
                data[at:at] = data[at : at + length] * draw.choice((1, 2, 50))
            case "blank":
                data[at : at + length] = bytes(len(data[at : at + length]))
            case "large":
                data[at : at + 4] = draw.choice((b"\xff" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\x01"))
    return bytes(data)


def spoil_value(value: Any, draw: Draw) -> Any:
    """Plain data in which one value somewhere is another one, gone, or there twice."""
    if isinstance(value, dict) and value and draw.random() < 0.9:
        key = draw.choice(list(value))
        if draw.random() < 0.15:
            return {other: item for other, item in value.items() if other != key}
        return value | {key: spoil_value(value[key], draw)}
    if isinstance(value, list) and value and draw.random() < 0.9:
        at = draw.randrange(len(value))
        if draw.random() < 0.2:
            return value[:at] + value[at + 1 :] if draw.random() < 0.5 else [*value, value[at]]
        return [*value[:at], spoil_value(value[at], draw), *value[at + 1 :]]
    return draw.choice(VALUES)


def spoil_json(content: bytes, draw: Draw) -> bytes:
    """The same for a JSON file, compressed or not."""
    packed = content.startswith(b"\x1f\x8b")
    value = json.loads(gzip.decompress(content) if packed else content)
    text = json.dumps(spoil_value(value, draw)).encode()
    return gzip.compress(text, 1) if packed else text


class Clips:
    """Films in several containers, measured and read."""

    def __init__(self, folder: Path):
        images = moving_block(40)
        write_video(folder / "small.mp4", images, 12.5)
        for suffix in (".avi", ".mkv"):
            write_lossless(folder / f"lossless{suffix}", images, 12.5)
        shutil.copy(next(CLIPS.glob("*/*.mp4")), folder / "shipped.mp4")
        self.sound = sorted(folder.iterdir())

    def spoil(self, place: Path, draw: Draw) -> Path:
        sound = draw.choice(self.sound)
        film = place / f"film{sound.suffix}"
        film.write_bytes(spoil_bytes(sound.read_bytes(), draw))
        return film

    def read(self, film: Path) -> None:
        probe(film)
        read_frames(film, [0.0, 0.5, 1.0, 9.0], 48)


class Trees:
    """Shipped trees, with bytes or lines spoilt, read as trees and as lists of videos."""

    def __init__(self, folder: Path):
        self.sound = [file.read_bytes() for file in sorted(SHIPPED.glob("*.csv"))]

    def spoil(self, place: Path, draw: Draw) -> Path:
        content = draw.choice(self.sound)
        lines = content.split(b"\n")
        if draw.random() < 0.5:
            other = draw.choice(lines)
            lines.insert(draw.randrange(len(lines)), spoil_bytes(other, draw))
            content = b"\n".join(lines)
        else:
            content = spoil_bytes(content, draw)
        (place / "tree.csv").write_bytes(content)
        return place / "tree.csv"

    def read(self, tree: Path) -> None:
        with suppress(InputError):  # a tree is no list; what else happens is told
            read_list(tree, ["Violin/v_Violin_g01_c01"])
        list_problems(tree)
        load_hierarchy(tree)


class Bundles:
    """A bundle of which one file is spoilt, read by everything that reads bundles."""

    def __init__(self, folder: Path):
        self.sound = sound(folder / "sound")

    def spoil(self, place: Path, draw: Draw) -> Path:
        bundle = place / "bundle"
        shutil.copytree(self.sound, bundle, copy_function=os.link)  # nothing is written into what is linked
        file = draw.choice(sorted(path for path in bundle.rglob("*") if path.is_file()))
        if draw.random() < 0.5:  # any file as often as any other would be excerpts for the most part
            file = bundle / draw.choice(
                ("model.json", "prototypes.json", "points.npz", "familiarity.npz", "answers.npz", CLIP, STORY)
            )
        content = file.read_bytes()
        file.unlink()
        by_value = ".json" in file.name and draw.random() < 0.7
        file.write_bytes((spoil_json if by_value else spoil_bytes)(content, draw))
        return bundle

    def read(self, bundle: Path) -> None:
        read_all(bundle)


KINDS: dict[str, Callable[[Path], Any]] = {"clips": Clips, "trees": Trees, "bundles": Bundles}


def check_line(error: InputError, path: Path) -> None:
    """What an error says is one line that names the file."""
    said = str(error)
    if len(said.splitlines()) != 1 or path.name not in said:
        raise AssertionError(f"not one line that names the file: {said!r}") from error


def outcome(kind: Any, path: Path) -> str:
    """How reading ended: "read", "refused", or what went wrong, with the traceback."""
    began = time.monotonic()
    signal.alarm(2 * LONGEST)
    try:
        kind.read(path)
        said = "read"
    except InputError as error:
        try:
            check_line(error, path)
            said = "refused"
        except AssertionError:
            said = traceback.format_exc()
    except Exception:
        said = traceback.format_exc()
    finally:
        signal.alarm(0)
    seconds = time.monotonic() - began
    return said if seconds < LONGEST else f"took {seconds:.0f} s ({said})"


def fuzz(kind: Any, draw: Draw, kept: Path, name: str) -> str:
    """One mutation, and how it ended; what went wrong is kept."""
    with tempfile.TemporaryDirectory() as place:
        path = kind.spoil(Path(place), draw)
        ended = outcome(kind, path)
        if ended not in ("read", "refused"):
            target = kept / name
            shutil.copytree(place, target)
            (target / "error.txt").write_text(ended)
            return "failed"
    return ended


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], help="clips, trees, bundles; all by default")
    parser.add_argument("--mutations", type=int, help="so many, a third of each kind")
    parser.add_argument("--seconds", type=float, default=60, help="or for so long")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "fuzz", help="for what went wrong")
    asked = parser.parse_args()
    np.seterr(all="ignore")
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError("no answer")))
    shutil.rmtree(asked.keep, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        kinds = {}
        for name in asked.kinds or KINDS:
            (Path(folder) / name).mkdir()
            kinds[name] = KINDS[name](Path(folder) / name)
        counts, until = Counter(), time.monotonic() + asked.seconds
        bar = tqdm(total=asked.mutations)
        while bar.n < asked.mutations if asked.mutations else time.monotonic() < until:
            name = list(kinds)[bar.n % len(kinds)]
            ended = fuzz(kinds[name], Draw(f"{asked.seed} {bar.n}"), asked.keep, f"{name}-{bar.n}")
            counts[name, ended] += 1
            bar.update()
        bar.close()
    for (name, ended), count in sorted(counts.items()):
        print(f"{name}: {count} {ended}")
    POOL.close()  # so that the memory of its processes is counted
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 2**20
    print(f"at most {most:.2f} GB of memory; what failed lies in {asked.keep}")
    sys.exit(any(ended == "failed" for _, ended in counts))


if __name__ == "__main__":
    main()
