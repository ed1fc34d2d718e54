"""Bundles made to harm: each maker spoils a sound bundle in one way, and `read_all` reads whatever is read of one.

`survey` does so with all of them in a process of its own, so that time and memory can be told.
"""

import gzip
import json
import os
import resource
import shutil
import signal
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from toys import toy_hierarchy

from hprotopnet.bundles.answers import load_answers, write_answers
from hprotopnet.bundles.bundle import Prototype, open_bundle, save_bundle
from hprotopnet.bundles.showcase import LIST, load_showcase, source_images, stored_geometry, stored_images, write_list
from hprotopnet.bundles.traces import Trace, film_of, load_traces
from hprotopnet.config import ClipConfig, Config, ModelConfig
from hprotopnet.data.clips import Clip
from hprotopnet.data.video import write_video
from hprotopnet.disk.layouts import layout
from hprotopnet.errors import InputError
from hprotopnet.evaluation.predictions import Predictions
from hprotopnet.explain.prototypes import explain, mute
from hprotopnet.files import read_json, write_json
from hprotopnet.hierarchy.points import start_points
from hprotopnet.models.backbones.registry import create_backbone
from hprotopnet.models.familiarity import Familiarity
from hprotopnet.models.network import HProtoPNet
from hprotopnet.models.owners import owner_table
from hprotopnet.studies.stories import answers, first_times, named_early, revealed_in_order, wrong_spells
from hprotopnet.views import scores, words

Maker = Callable[[Path], Path]
SECONDS = 20
CANARY = "canary"  # a folder beside the bundle: what lies in it must never be read
RAN = "a pickle ran"  # a file there that a pickle would make
GIB = 2**30
STORY, CLIP = "showcase/traces/story.json", "showcase/00.json.gz"
JSONS = ("model.json", "prototypes.json", CLIP, LIST, STORY)
ARRAYS = ("points.npz", "familiarity.npz", "answers.npz")
FILES = (*JSONS, *ARRAYS, "weights.safetensors", "excerpts/a.mp4", "showcase/00.mp4")
MAY_LACK = ("familiarity.npz", "answers.npz", "excerpts/a.mp4", LIST)
CONFIG = Config(
    "toy",
    "toy",
    clip=ClipConfig(frames=8, size=32, per_video=1),
    model=ModelConfig(
        backbone="r3d_18", cut=None, width=4, pretrained=False, per_node=1, prototype_width=4, embedding_width=16
    ),
)


def sound(folder: Path) -> Path:
    """A bundle of a few weights that are as random as they start, with all that a bundle can have."""
    tree, images = toy_hierarchy(), np.full((8, 32, 32, 3), 90, np.uint8)
    torch.manual_seed(0)
    points = start_points(tree, 16)
    backbone = create_backbone("r3d_18", width=4).eval()
    model = HProtoPNet(CONFIG.model, tree, points.points_for(tree), backbone).eval()
    model.familiarity = Familiarity(np.eye(3, backbone.channels, dtype=np.float16), 0.5)
    for name in ("excerpts/a.mp4", "showcase/00.mp4", "showcase/01.mp4"):
        write_video(folder / name, images, 12.5)
    rows = [
        Prototype(
            node=tree.nodes[owner],
            video="dunk/v_dunk_g01_c01",
            sha256="0" * 64,
            start=0.0,
            cell=(0, 0, 0),
            moved=0.1,
            interval=(0.0, 0.64),
            boxes=((0, 0, 16, 16),) * 8,
            excerpt="excerpts/a.mp4",
        )
        for owner in owner_table(tree, "all", 1)
    ]
    shares = {"accuracy": 0.5, "mistake_severity": 1.5}
    figures = {"n": {"clips": 12, "videos": 12}, "clip": shares, "video_mean_softmax": shares, "ece": 0.1}
    fit = {"factor": 1.0, "fitted": True, "clips": 30, "groups": 10}
    split = {side: {"names_sha256": "0" * 64} for side in ("train", "validation", "test")}
    meta = {"figures": figures, "temperature_fit": fit, "split": split, "record": {"epochs": []}}
    meta["sight"] = {"share": 0.9, "clips": 4, "levels": {"class": {"pixels": 20, "frames": 6}}}
    bundle = save_bundle(folder, model, points, rows, meta, CONFIG)
    leaves = np.arange(12) % 6
    names, groups = (tuple(f"{tree.nodes[leaf]}/{end}" for leaf in leaves) for end in ("v_g01", "g01"))
    said = Predictions(names, (0.0,) * 12, groups, leaves, np.eye(12, 6, dtype=np.float32), np.zeros((12, 0)))
    write_answers(folder, said, tree, CONFIG)
    said = explain(model, Clip("dunk/v_dunk_g02_c01", 0.0, images, np.arange(8) / 12.5), 0.8)
    for number in range(2):
        write_json(folder / f"showcase/{number:02d}.json.gz", {"label": "dunk", "explanation": said.to_dict()})
    write_list(folder, {stored.name: stored.told for stored in load_showcase(bundle)})
    times, frames = np.arange(3) + 0.5, np.arange(20) / 12.5
    chances = np.tile(list(said.probabilities.values()), (3, 1))
    far, cues = np.ones_like(chances), {"child": np.zeros(20)}
    told = Trace("story", "dunk", "0" * 64, 0.64, times, tree.nodes, chances, far, frames, cues)
    write_json(folder / STORY, told.to_dict())
    return folder


def read_all(folder: Path) -> list[Any]:
    """What pages and commands read of a bundle, and what they make of it; raises `InputError`."""
    bundle = open_bundle(folder)
    tree, threshold = bundle.hierarchy, bundle.config.threshold
    about = bundle.description
    read = [tree, bundle.prototypes, bundle.points, about, words.how_calibrated(about.figures.ece, None)]
    read.append(layout(tree, *stored_geometry(bundle)))
    excerpts = {row.excerpt: row for row in bundle.prototypes}
    read += [source_images(row, bundle) for row in excerpts.values()]
    head = bundle.load_head()
    for stored in load_showcase(bundle):
        said = stored.explanation
        read += [
            said,
            stored.told,
            words.display(tree, stored.label),
            words.sentence(said, tree, threshold),
            words.notes(said),
        ]
        read += [words.peak_time(row, said.times) for level in said.levels for row in level.evidence]
        read += [words.span(said), stored_images(stored.clip, bundle), mute(head, said.similarities, [0])]
    for trace in load_traces(bundle):
        read += [trace, film_of(trace), answers(trace, tree, threshold)]
        if trace.label in tree.classes:
            asked = (first_times, revealed_in_order, wrong_spells, named_early)
            read += [ask(trace, tree, threshold) for ask in asked]
    answered = load_answers(bundle)
    if answered:
        read += [scores.level_rows(answered), scores.class_rows(answered), scores.confusion(answered)]
    read.append(scores.training_rows(about))
    model = bundle.load_model()
    clip = Clip("x", 0.0, np.zeros((bundle.config.clip.frames, 32, 32, 3), np.uint8), np.arange(8) / 12.5)
    read.append(explain(model, clip, threshold))
    return read


ZOO: dict[str, Maker] = {}


def beast(name: str, spoil: Callable[[Path], Any]) -> None:
    """Add one to the zoo."""

    def make(folder: Path) -> Path:
        spoil(folder)
        return folder

    assert name not in ZOO, name
    ZOO[name] = make


def canary(folder: Path, name: str) -> Path:
    """A sound file outside of the bundle, of the same name."""
    path = folder.parent / CANARY / name
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / name, path)
    return path


def replaced(folder: Path, name: str) -> Path:
    (folder / name).unlink(missing_ok=True)
    return folder / name


def written(name: str, content: bytes, folder: Path) -> None:
    """A JSON file of other text; packed where it is packed."""
    packed = gzip.compress(content, 1) if name.endswith(".gz") else content
    replaced(folder, name).write_bytes(packed)


def text_of(folder: Path, name: str) -> str:
    return json.dumps(read_json(folder / name))


def link_out(name: str, folder: Path) -> None:
    target = canary(folder, name)
    replaced(folder, name).symlink_to(target)


def sparse(name: str, folder: Path) -> None:
    with replaced(folder, name).open("wb") as file:
        file.truncate(89 * GIB)


def into(name: str, path: str, value: Any, folder: Path) -> None:
    """Another value in one place of a JSON file; a function is given what was there."""
    data = read_json(folder / name)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    inner = data
    for step in way:
        inner = inner[step]
    inner[last] = value(inner[last]) if callable(value) else value
    written(name, json.dumps(data).encode("utf-8", "surrogatepass"), folder)


def without(name: str, path: str, folder: Path) -> None:
    data = read_json(folder / name)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    inner = data
    for step in way:
        inner = inner[step]
    del inner[last]
    written(name, json.dumps(data).encode(), folder)


# What any JSON file can be made into.
for own in JSONS:
    for said, content in {
        "null": b"null",
        "a list": b"[1, 2]",
        "a number": b"7",
        "text": b'"model"',
        "an empty object": b"{}",
        "empty": b"",
        "Latin-1": '{"é": 1}'.encode("latin-1"),
        "nested 200,000 deep": b"[" * 200_000 + b"]" * 200_000,
        "objects nested deep": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
        "a number of 5,000 digits": b'{"format": ' + b"9" * 5000 + b"}",
        "NaN": b'{"format": NaN}',
        "millions of misfits": b"[" + b"1," * 3_000_000 + b"1]",
        "millions of empty lists": b"[" + b"[]," * 2_000_000 + b"[]]",
        "a pickle": b"\x80\x04cos\nsystem\n.",
        "larger than may be": b" " * (33 * 2**20) + b"{}",
    }.items():
        beast(f"{own}: {said}", partial(written, own, content))
    beast(f"{own}: cut short", lambda f, own=own: written(own, text_of(f, own).encode()[:-40], f))
    beast(f"{own}: UTF-16", lambda f, own=own: written(own, text_of(f, own).encode("utf-16"), f))
for own in FILES:
    beast(f"outside: {own} is a link", partial(link_out, own))
    beast(f"{own}: a link to itself", lambda f, own=own: replaced(f, own).symlink_to(f / own))
    beast(f"{own}: a pipe", lambda f, own=own: os.mkfifo(replaced(f, own)))
    beast(f"{own}: a folder", lambda f, own=own: replaced(f, own).mkdir())
    beast(f"{own}: 89 GiB", partial(sparse, own))
    beast(f"{own}: absent", lambda f, own=own: replaced(f, own))
beast(f"{CLIP}: a bomb", lambda f: replaced(f, CLIP).write_bytes(gzip.compress(b"[" * 2**26, 9)))
beast(f"{CLIP}: not packed", lambda f: replaced(f, CLIP).write_bytes(b"{}"))
beast(f"{CLIP}: packed and cut", lambda f: replaced(f, CLIP).write_bytes(gzip.compress(b"{}" * 999)[:20]))
beast("model.json: twice the same key", lambda f: written("model.json", b'{"format": 1, "format": 1}', f))

# Values in one place: (file, field, value).
EVIL = "![x](http://127.0.0.1:8/x) <script>alert(1)</script>"
HOSTILE: tuple[tuple[str, str, Any], ...] = (
    *(("model.json", f"config.clip.{name}", 10**9) for name in ("frames", "fps", "size", "per_video")),
    *(("model.json", f"config.clip.{name}", -1) for name in ("frames", "fps", "size", "per_video")),
    ("model.json", "config.clip.fps", 1e-300),
    ("model.json", "config.clip", {"frames": 4096, "size": 4096}),
    *(("model.json", f"config.model.{name}", 10**9) for name in ("width", "per_node", "prototype_width")),
    *(("model.json", f"config.model.{name}", 10**9) for name in ("embedding_width", "curvature", "bandwidth")),
    *(("model.json", f"config.model.{name}", -1) for name in ("curvature", "epsilon", "temperature", "width")),
    ("model.json", "config.model.temperature", 1e-300),
    ("model.json", "config.model.backbone", "i3d\n" * 50),
    ("model.json", "config.model.backbone", "x" * 10**6),
    ("model.json", "config.model.cut", "../../etc/passwd"),
    ("model.json", "config.threshold", 10**400),
    ("model.json", "config.seed", -1),
    ("model.json", "config." + "k" * 10**6, 1),
    ("model.json", "config.stages", [1] * 10**6),
    ("model.json", "config.loss.cluster", {str(i): i for i in range(10**5)}),
    ("model.json", "config", []),
    ("model.json", "format", 2),
    ("model.json", "figures", []),
    ("model.json", "figures", {}),
    ("model.json", "figures.n.clips", -1),
    ("model.json", "figures.n.clips", "12"),
    ("model.json", "figures.n", None),
    ("model.json", "figures.clip.accuracy", 7.0),
    ("model.json", "figures.clip.accuracy", "100 %"),
    ("model.json", "figures.clip.mistake_severity", 1e300),
    ("model.json", "figures.video_mean_softmax", 3),
    ("model.json", "figures.ece", "0.1"),
    ("model.json", "temperature_fit", {"fitted": True}),
    ("model.json", "temperature_fit", [1]),
    ("model.json", "temperature_fit.clips", EVIL),
    ("model.json", "sight", [1]),
    ("model.json", "sight.share", 1),
    ("model.json", "sight.levels", {EVIL: 3}),
    ("model.json", "sight.levels.class.pixels", 10**9),
    ("model.json", "sight.levels.class.frames", -1),
    ("model.json", "split", {"train": {}}),
    ("model.json", "split", 3),
    ("model.json", "split.test.names_sha256", ["0"]),
    ("model.json", "backbone", None),
    ("model.json", "backbone.name", 3),
    ("model.json", "backbone.name", EVIL * 10**4),
    ("model.json", "backbone.weights_id", "0\n0"),
    ("model.json", "normalisation.mean", [0.5]),
    ("model.json", "normalisation.std", [0, 0, 0]),
    ("model.json", "normalisation.std", "std"),
    ("model.json", "hierarchy", None),
    ("model.json", "hierarchy.levels", ["class", "class", "parent"]),
    ("model.json", "hierarchy.levels", ["class", "../../x", "grandparent"]),
    ("model.json", "hierarchy.levels", ["class", EVIL, "grandparent"]),
    ("model.json", "hierarchy.levels", [f"l{i}" for i in range(10**5)]),
    ("model.json", "hierarchy.levels", []),
    ("model.json", "hierarchy.rows", []),
    ("model.json", "hierarchy.rows", [{"class": f"c{i}", "parent": "p", "grandparent": "g"} for i in range(10**5)]),
    ("model.json", "hierarchy.rows", lambda rows: [*rows, {"class": "ball", "parent": "dunk", "grandparent": "ball"}]),
    ("model.json", "hierarchy.rows.0.parent", "sports"),
    ("model.json", "hierarchy.rows.0.class", "x" * 10**6),
    ("model.json", "hierarchy.rows.0.class", EVIL),
    ("model.json", "hierarchy.rows.0.class", "a\u202eb"),
    ("model.json", "hierarchy.rows.0.class", "a\x00\x1b[31m"),
    ("model.json", "hierarchy.rows.0.note", "x" * 10**6),
    ("prototypes.json", "0.node", "nobody\n" * 10**5),
    ("prototypes.json", "0.video", "../../etc/passwd\x00"),
    ("prototypes.json", "0.video", "x" * 10**6),
    ("prototypes.json", "0.sha256", EVIL),
    ("prototypes.json", "0.start", -1),
    ("prototypes.json", "0.start", 1e300),
    ("prototypes.json", "0.moved", -1),
    ("prototypes.json", "0.cell", [10**9, 0, 0]),
    ("prototypes.json", "0.cell", [-1, 0, 0]),
    ("prototypes.json", "0.interval", [5, 1]),
    ("prototypes.json", "0.boxes", []),
    ("prototypes.json", "0.boxes", [None] * 10**5),
    ("prototypes.json", "0.boxes.0", [0, 0, 10**9, 10**9]),
    ("prototypes.json", "0.boxes.0", [9, 9, 3, 3]),
    ("prototypes.json", "0.boxes.0", [-5, 0, 3, 3]),
    ("prototypes.json", "0.excerpt", 3),
    *(("prototypes.json", "0.excerpt", name) for name in ("", ".", "a\\b.mp4", "x" * 10**5, "C:x", "excerpts//a.mp4")),
    *((CLIP, f"explanation.{name}", {}) for name in ("probabilities", "path", "levels", "grid", "times")),
    (LIST, "0.2.label", "nobody"),
    (LIST, "0.2.probabilities", {}),
    (LIST, "0.2.path", []),
    (LIST, "0.2.video", "x\n" * 10**5),
    (LIST, "0.2.times", [0.0]),
    (LIST, "0.2.on_cue", [True]),
    (CLIP, "label", "nobody"),
    (CLIP, "label", None),
    (CLIP, "explanation.video", "x\n" * 10**5),
    (CLIP, "explanation.damage", "\ud800"),
    (CLIP, "explanation.probabilities.dunk", 7.0),
    (CLIP, "explanation.probabilities.dunk", -1),
    (CLIP, "explanation.probabilities.nobody", 0.1),
    (CLIP, "explanation.probabilities", {str(i): "x" for i in range(10**5)}),
    (CLIP, "explanation.distances", {"dunk": 1.0}),
    (CLIP, "explanation.path", ["dunk"]),
    (CLIP, "explanation.path", ["music", "ball", "dunk"]),
    (CLIP, "explanation.path", []),
    (CLIP, "explanation.levels", []),
    (CLIP, "explanation.levels", lambda levels: levels[::-1]),
    (CLIP, "explanation.levels.0.level", EVIL),
    (CLIP, "explanation.levels.0.rival", EVIL),
    (CLIP, "explanation.levels.0.probability", 1e9),
    (CLIP, "explanation.levels.0.shares", {}),
    (CLIP, "explanation.levels.0.evidence.0.prototype", 10**6),
    (CLIP, "explanation.levels.0.evidence.0.prototype", -1),
    (CLIP, "explanation.levels.0.evidence.0.cell", [0, 0, 99]),
    (CLIP, "explanation.levels.0.evidence.0.activation", []),
    (CLIP, "explanation.levels.0.evidence.0.activation", [[["x" * 10**5] + ["y"] * 10**4]]),
    (CLIP, "explanation.levels.0.evidence.0.boxes.0", [0, 0, 10**9, 1]),
    (CLIP, "explanation.levels.0.evidence", lambda rows: rows * 2),
    (CLIP, "explanation.runner_up.node", "music"),
    (CLIP, "explanation.answer", "nobody"),
    (CLIP, "explanation.nearest", None),
    (CLIP, "explanation.threshold", 0.0),
    (CLIP, "explanation.similarities", []),
    (CLIP, "explanation.similarities.0", 1e30),
    (CLIP, "explanation.grid", [10**9, 10**9, 10**9]),
    (CLIP, "explanation.grid", [0, 0, 0]),
    (CLIP, "explanation.times", [0.0]),
    (CLIP, "explanation.times", lambda times: times[::-1]),
    (CLIP, "explanation.start", 1e300),
    (CLIP, "explanation.held", -1),
    (STORY, "video", "../../../etc/passwd\x00"),
    (STORY, "video", "x" * 10**5),
    (STORY, "span", 0),
    (STORY, "span", 1e300),
    (STORY, "times", [3.5, 2.5, 1.5]),
    (STORY, "times", [0.5, 1.5, 1e300]),
    (STORY, "times", []),
    (STORY, "nodes", lambda nodes: ["nobody", *nodes[1:]]),
    (STORY, "nodes", lambda nodes: [nodes[1], *nodes[1:]]),
    (STORY, "probabilities", [[7.0] * 12] * 3),
    (STORY, "probabilities", [[-1] * 12] * 3),
    (STORY, "probabilities", []),
    (STORY, "distances", [[-1] * 12] * 3),
    (STORY, "frames", []),
    (STORY, "visible", {"child": []}),
    (STORY, "visible.child", [9.0] * 20),
    (STORY, "label", EVIL * 10**4),
)
# Nobody reads the first two, and what is shown of the others is escaped.
for path, value in {
    "config.model.weights": "/etc/passwd",
    "config.hierarchy": "/etc/passwd",
    "hierarchy.rows.0.display": "\ud800\n" + EVIL,
    "hierarchy.rows.0.note": "\x1b" + EVIL,
}.items():
    beast(f"harmless: {path}", partial(into, "model.json", path, value))
for number, (own, path, value) in enumerate(HOSTILE):
    beast(f"{own}: {path[:60]} ({number})", partial(into, own, path, value))
for own, path in (
    *(
        ("model.json", name)
        for name in ("config", "figures", "backbone", "normalisation", "figures.n", "hierarchy.levels")
    ),
    *(("prototypes.json", f"0.{name}") for name in ("node", "boxes")),
    ("prototypes.json", "0"),
    (CLIP, "label"),
    (CLIP, "explanation.path"),
    (STORY, "times"),
):
    beast(f"{own}: without {path}", partial(without, own, path))


# Ways out of the folder.
def excerpt_outside(folder: Path, name: str | None = None) -> None:
    target = canary(folder, "excerpts/a.mp4")
    into("prototypes.json", "0.excerpt", name or str(target), folder)


def folder_outside(name: str, folder: Path) -> None:
    shutil.copytree(folder / name, folder.parent / CANARY / name, dirs_exist_ok=True)
    shutil.rmtree(folder / name)
    (folder / name).symlink_to(folder.parent / CANARY / name)


beast("outside: excerpt by its path", excerpt_outside)
beast("outside: excerpt above", partial(excerpt_outside, name=f"../{CANARY}/excerpts/a.mp4"))
beast("outside: excerpt above and back", partial(excerpt_outside, name=f"excerpts/../../{CANARY}/excerpts/a.mp4"))
beast("outside: excerpt of the system", partial(excerpt_outside, name="/dev/zero"))
beast("outside: excerpts are a link", partial(folder_outside, "excerpts"))
beast("outside: the showcase is a link", partial(folder_outside, "showcase"))
beast("outside: traces are a link", partial(folder_outside, "showcase/traces"))


# Arrays.
def arrays(name: str, folder: Path, **changes: Any) -> None:
    with np.load(folder / name) as file:
        data = dict(file)
    np.savez(folder / name, **{key: value for key, value in (data | changes).items() if value is not None})


class Runs:
    """Pickled, it makes a file once it is read."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def pickled(name: str, key: str, folder: Path) -> None:
    harm = np.empty(1, dtype=object)
    harm[0] = Runs(folder.parent / RAN)
    arrays(name, folder, **{key: harm})


def header(descr: str, shape: str) -> bytes:
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (63 - (len(text) + 10) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def member(name: str, key: str, content: bytes, folder: Path, packing: int = zipfile.ZIP_DEFLATED) -> None:
    """One member of an archive with other content."""
    with zipfile.ZipFile(folder / name) as old:
        kept = {other: old.read(other) for other in old.namelist() if other != f"{key}.npy"}
    with zipfile.ZipFile(folder / name, "w", packing) as new:
        for other, own in (kept | {f"{key}.npy": content}).items():
            new.writestr(other, own)


def appended(name: str, content: bytes, folder: Path) -> None:
    (folder / name).write_bytes((folder / name).read_bytes() + content)


def lone(name: str, folder: Path) -> None:
    """An array in a file of its own."""
    with (folder / name).open("wb") as file:
        np.save(file, np.eye(3))


def many_members(name: str, folder: Path) -> None:
    with zipfile.ZipFile(folder / name, "a") as archive:
        for number in range(3000):
            archive.writestr(f"{number:0>40}", b"")


for own, key in (("points.npz", "points"), ("familiarity.npz", "rows")):
    for said, content in {
        "claims 89 GiB": header("<f8", f"({89 * GIB // 8}, 1)"),
        "claims more than can be counted": header("<f8", f"({10**30}, {10**30})"),
        "claims less than nothing": header("<f8", "(-1, -1)"),
        "claims numbers of no size": header("<U0", f"({10**12},)"),
        "a long header": b"\x93NUMPY\x02\x00" + (2**31).to_bytes(4, "little") + b" " * 2**20,
        "a foreign header": b"\x93NUMPY\x01\x00\x10\x00" + b"__import__('os')",
        "a header nested deep": b"\x93NUMPY\x01\x00" + (9000).to_bytes(2, "little") + b"(" * 9000,
        "a bomb": header("<f8", f"({2**24 + 2**17}, 1)") + bytes(2**27 + 2**20),
        "no array": b"nothing",
    }.items():
        beast(f"{own}: {said}", partial(member, own, key, content))
    beast(f"{own}: packed otherwise", partial(member, own, key, b"x" * 999, packing=zipfile.ZIP_LZMA))
    beast(f"{own}: pickled", partial(pickled, own, key))
    beast(f"{own}: without {key}", partial(lambda own, key, f: arrays(own, f, **{key: None}), own, key))
    beast(f"{own}: thousands of members", partial(many_members, own))
    beast(f"{own}: cut short", lambda f, own=own: os.truncate(f / own, 300))
    beast(f"{own}: with bytes behind", partial(appended, own, b"PK\5\6" + bytes(40)))
    beast(f"{own}: an array alone", partial(lone, own))
    beast(f"{own}: empty", lambda f, own=own: (f / own).write_bytes(b""))
    beast(f"{own}: NaN", partial(lambda own, key, f: arrays(own, f, **{key: np.full((12, 16), np.nan)}), own, key))
    beast(f"{own}: another shape", partial(lambda own, key, f: arrays(own, f, **{key: np.zeros((2, 2))}), own, key))
    beast(f"{own}: one axis", partial(lambda own, key, f: arrays(own, f, **{key: np.zeros(9)}), own, key))
    beast(f"{own}: text", partial(lambda own, key, f: arrays(own, f, **{key: np.array([["x"]])}), own, key))
ODD = np.full(12, 2**31, "<u4").view("<U1")  # letters that are none
beast("points.npz: narrower", lambda f: arrays("points.npz", f, points=np.zeros((12, 4))))
beast("points.npz: single precision", lambda f: arrays("points.npz", f, points=np.zeros((12, 16), np.float32)))
beast("points.npz: the other end first", lambda f: arrays("points.npz", f, points=np.zeros((12, 16), ">f8")))
beast("points.npz: outside the ball", lambda f: arrays("points.npz", f, points=np.ones((12, 16))))
beast("points.npz: endless curvature", lambda f: arrays("points.npz", f, curvature=np.inf))
beast("points.npz: other names", lambda f: arrays("points.npz", f, names=np.array([f"n{i}" for i in range(12)])))
beast("points.npz: letters that are none", lambda f: arrays("points.npz", f, names=ODD))
beast("points.npz: other levels", lambda f: arrays("points.npz", f, levels=np.full(12, 9)))
beast("familiarity.npz: of nothing", lambda f: arrays("familiarity.npz", f, threshold=np.float64("nan")))


# Weights.
def tensors(change: Callable[[dict[str, torch.Tensor]], Any], folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    found = load_file(folder / "weights.safetensors")
    change(found)
    save_file({name: tensor.contiguous() for name, tensor in found.items()}, folder / "weights.safetensors")


def claims(claim: Any, folder: Path, claimed: int | None = None, content: bytes = b"") -> None:
    text = claim if isinstance(claim, bytes) else json.dumps(claim).encode()
    start = (len(text) if claimed is None else claimed).to_bytes(8, "little")
    (folder / "weights.safetensors").write_bytes(start + text + content)


def giant(name: str, folder: Path) -> None:
    """A tensor of 6 GiB, all of it there and nothing of it on the disk."""
    size = 6 * GIB
    claims({name: {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}}, folder)
    with (folder / "weights.safetensors").open("r+b") as file:
        file.truncate(os.fstat(file.fileno()).st_size + size)


ONE = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
for said, change in {
    "renamed": lambda t: t.update(other=t.pop("head.weight")),
    "one less": lambda t: t.pop("addon.weight"),
    "one more": lambda t: t.update({"backbone.other": torch.zeros(3)}),
    "NaN": lambda t: t["head.weight"].fill_(torch.nan),
    "another shape": lambda t: t.update({"head.weight": torch.zeros(3, 3)}),
    "a vector first": lambda t: t.update({"addon.weight": torch.zeros(3)}),
    "wide beyond bounds": lambda t: t.update({"addon.weight": torch.zeros(1, 2**20)}),
    "another type": lambda t: t.update({"head.weight": t["head.weight"].double()}),
    "cold": lambda t: t["temperature"].zero_(),
    "other owners": lambda t: t.update({"prototypes.owners": t["prototypes.owners"].flip(0)}),
    "none at all": lambda t: t.clear(),
}.items():
    beast(f"weights.safetensors: {said}", partial(tensors, change))
for said, claim in {
    "a list": [],
    "a number": 7,
    "claims more than is there": {"a": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4 * 10**12]}},
    "claims less than nothing": {"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, -4]}},
    "of an unknown type": {"a": ONE | {"dtype": "F4096"}},
    "of other fields": {"a": ONE | {"more": 1}},
    "of huge numbers": {"a": {"dtype": "F32", "shape": [10**400], "data_offsets": [0, 10**400]}},
    "not JSON": b"{" * 200,
    "nested": b"[" * 10**5 + b"]" * 10**5,
}.items():
    beast(f"weights.safetensors: its head is {said}", partial(claims, claim))
beast("weights.safetensors: two tensors of one place", partial(claims, {"a": ONE, "b": ONE}, content=b"abcd"))
beast("weights.safetensors: a head of 10^9 bytes", partial(claims, b"{}", claimed=10**9))
beast("weights.safetensors: a head of 2^63 bytes", partial(claims, b"{}", claimed=2**63))
beast("weights.safetensors: a giant", partial(giant, "head.weight"))
beast("weights.safetensors: a giant backbone", partial(giant, "backbone.x"))
beast("weights.safetensors: cut short", lambda f: os.truncate(f / "weights.safetensors", 2000))
beast("weights.safetensors: a pickle", lambda f: (f / "weights.safetensors").write_bytes(b"\x80\x04cos\nsystem\n."))


# Videos.
def video(name: str, height: int, width: int, folder: Path) -> None:
    write_video(replaced(folder, name), np.zeros((8, height, width, 3), np.uint8), 12.5)


beast("showcase/00.mp4: a strip", partial(video, "showcase/00.mp4", 16, 1024))
beast("showcase/00.mp4: no video", lambda f: replaced(f, "showcase/00.mp4").write_bytes(b"#EXTM3U\n/etc/passwd\n"))
beast("showcase/00.mp4: empty", lambda f: replaced(f, "showcase/00.mp4").write_bytes(b""))
beast("showcase: too many", lambda f: [(f / f"showcase/x{i}.json.gz").touch() for i in range(2000)])
beast("traces: too many", lambda f: [(f / f"showcase/traces/x{i}.json").touch() for i in range(100)])


def survey(home: Path) -> Iterator[tuple[str, float, str]]:
    """Of each beast how long reading it took, and the line in which it ended, "" where it ended well."""

    def late(*_: Any) -> None:
        raise TimeoutError(f"not read in {SECONDS} s")

    signal.signal(signal.SIGALRM, late)
    model = sound(home / "sound")
    for number, (name, make) in enumerate(ZOO.items()):
        folder = shutil.copytree(model, home / str(number) / "bundle")
        make(folder)
        began, said = time.perf_counter(), ""
        signal.alarm(SECONDS)
        try:
            read_all(folder)
        except InputError as error:
            said = f"InputError: {error}"
        except Exception as error:  # what must not happen
            said = f"{type(error).__name__}: {error}"[:500]
        signal.alarm(0)
        ran = (folder.parent / RAN).exists()
        yield name, time.perf_counter() - began, "a pickle ran" if ran else said
        shutil.rmtree(folder.parent)


def main(home: str) -> None:
    """Print a line of JSON a beast, and at last the most memory that was taken, in bytes."""
    for row in survey(Path(home)):
        print(json.dumps(row), flush=True)
    print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))


if __name__ == "__main__":
    main(sys.argv[1])
