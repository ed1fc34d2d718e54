"""One clip, every explainer, one truth: attributions of all methods, and networks' own prototypes, on the same clips.

On Pantomime, where the cue of each level's answer is known to the pixel, every method is asked about the true node of
every level: by default against its siblings alone, which that cue tells it from. Its maps are held against the cue,
against the network (does its answer come and go with what is marked?), against noise, against a network that has learnt
nothing, and against each other.

What is found is kept in a folder as it comes, a file for each network, explainer and clip, so that whoever is stopped
goes on from there; clips, parts, methods and networks can be added later, and several processes may share the work.
Clips come in an order of which every beginning is spread over classes and groups, so that more clips are the same ones
and some more.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from hprotopnet.attribution.attribution import Rivals
from hprotopnet.attribution.methods import METHODS, find_method
from hprotopnet.attribution.subject import PrototypeSubject
from hprotopnet.bundles.bundle import Bundle
from hprotopnet.data.pictures import sha256
from hprotopnet.data.splits import Video
from hprotopnet.errors import InputError
from hprotopnet.files import check_writable, visible
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.pantomime.conditions import LEVELS
from hprotopnet.studies.causes import key_of
from hprotopnet.studies.evaluate import side_of, warn_of_training_videos
from hprotopnet.studies.explained import ORDERS, PARTS, Network, open_scene, parts_of
from hprotopnet.studies.explainers import report
from hprotopnet.studies.faithfulness import Fill
from hprotopnet.studies.kept import Page, plan
from hprotopnet.studies.passes import same_clips
from hprotopnet.studies.pointing import check_truth

VERSION = 2  # of what is kept; raise it when the same question is answered otherwise
CHEAP = ("gradients", "gradient_input", "integrated", "smooth", "gradcam", "prototypes")
GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Asked:
    """What is asked, of how many clips.

    Attributes:
        methods, levels: by name.
        clips: of which maps are made; `curves`, `noise`, `randomised` and `causal` are asked of the first of them.
        rivals: of the node that is asked about, see `attribution.subject`.
        fill: what stands where a clip is hidden.
        seed: of noise, lots and random controls.
    """

    methods: tuple[str, ...] = CHEAP
    levels: tuple[str, ...] = LEVELS
    clips: int = 36
    curves: int = 12
    noise: int = 6
    randomised: int = 6
    causal: int = 0
    rivals: Rivals = "siblings"
    fill: Fill = "blur"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in self.methods:
            find_method(name)
        for level in self.levels:
            if level not in LEVELS:
                raise InputError(f"no level is called '{visible(level)}'; known: {', '.join(LEVELS)}")
        if not self.methods or not self.levels:
            raise InputError("no method, or no level, is asked; name one at least")

    def parts(self, number: int) -> tuple[str, ...]:
        """What is asked of the clip of a number, counted from 0."""
        return tuple(part for part in PARTS if part == "map" or number < getattr(self, part))

    def counts(self, clips: int) -> dict[str, int]:
        """Of how many of some clips each part is asked."""
        return {part: clips if part == "map" else min(getattr(self, part), clips) for part in PARTS}


def attribution_report(
    bundles: Sequence[Bundle], data: Path, keep: Path, asked: Asked, side: str = "test"
) -> dict[str, Any]:
    """Figures of explainers over clips of a folder of Pantomime's videos (JSON), see `explainers.report`.

    Says on stderr first what it will take. Raises `InputError` before long work where a bundle or a video has no cues,
    where bundles differ in what they see, or where something else is kept in the folder.
    """
    check_writable(keep / "figures.json")
    videos = _videos(bundles, data, side, asked)
    networks = [_network(bundle, asked) for bundle in bundles]
    pages = list(_pages(networks, [_weights(bundle) for bundle in bundles], videos, keep, asked))
    tqdm.write(plan(pages, len(videos), side), file=sys.stderr)
    _answer(pages, asked)
    sizes = {"clips": len(videos), "groups": len({video.group for video in videos}), "parts": asked.counts(len(videos))}
    by = {
        "grid": networks[0].grid,
        "offset": networks[0].offset,
        "fill": asked.fill,
        "rivals": asked.rivals,
        "seed": asked.seed,
    }
    kept = [(page.network.name, page.method, page.number, page.levels) for page in pages]
    found = report(kept, [video.group for video in videos], asked.levels)
    return {"kind": "attribution", "data": data.resolve().name, "side": side, **sizes, "by": by, "networks": found}


def _videos(bundles: Sequence[Bundle], data: Path, side: str, asked: Asked) -> list[Video]:
    """Videos that all bundles can be asked about, in the order that they are; notes are said on stderr."""
    same_clips(bundles)
    names = [bundle.name for bundle in bundles]
    if len(set(names)) < len(names):
        raise InputError(f"{bundles[-1].folder}: two networks are called so; give folders of different names")
    for bundle in bundles:
        check_truth((), bundle, "leave it out")
        if bundle.hierarchy.depth != len(LEVELS):
            raise InputError(f"{bundle.folder}: its tree lacks a level of Pantomime's; leave it out")
    listing, split, chosen = side_of(bundles[0], data, None, side)
    for note in (*listing.notes(), *split.notes):
        tqdm.write(f"note: {visible(note)}", file=sys.stderr)
    videos = in_turn(chosen)[: asked.clips]
    for bundle in bundles:
        warn_of_training_videos(bundle, split, side)
        check_truth(videos, bundle, "leave it out")
    for video in videos[: asked.causal]:
        key_of(video)
    return videos


def in_turn(videos: Sequence[Video]) -> list[Video]:
    """All videos, so that any first of them are spread over classes and groups: one of each class, then the next.

    Classes come in an order in which any first of them are spread over the tree; from class to class the group changes.
    """
    by_class: dict[str, list[Video]] = {}
    for video in videos:
        by_class.setdefault(video.label, []).append(video)
    labels = list(by_class)
    turns = np.argsort(np.argsort(np.arange(len(labels)) * GOLDEN % 1))
    rounds = max(map(len, by_class.values()), default=0)
    found = [
        own[(place + number) % len(own)]
        for number in range(rounds)
        for place, own in enumerate(_by_group(by_class[labels[turn]]) for turn in turns)
        if number < len(own)
    ]
    return found


def _by_group(videos: Sequence[Video]) -> list[Video]:
    """The first of each group, then the second of each, and so on."""
    counted: dict[str, int] = {}
    ranked = []
    for video in videos:
        counted[video.group] = counted.get(video.group, 0) + 1
        ranked.append((counted[video.group], video.group, video.name, video))
    return [video for *_, video in sorted(ranked, key=lambda row: row[:3])]


def _network(bundle: Bundle, asked: Asked) -> Network:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    subject = PrototypeSubject(bundle.load_model(), bundle.config.clip, bundle.name, asked.rivals)
    return Network(bundle.name, subject.to(device).eval(), asked.seed)


def _weights(bundle: Bundle) -> str:
    return sha256(bundle.folder / "weights.safetensors")


def _pages(
    networks: Sequence[Network], weights: Sequence[str], videos: Sequence[Video], keep: Path, asked: Asked
) -> Iterator[Page]:
    """Pages of all explainers, clip by clip; those of what makes no sense for any of the levels are left out."""
    for number, video in enumerate(videos):
        same = {
            "version": VERSION,
            "video": sha256(video.path),
            "seed": asked.seed,
            "fill": asked.fill,
            "rivals": asked.rivals,
        }
        for net, hashed in zip(networks, weights, strict=True):
            nodes = _path(net.subject.model.hierarchy, video.label)
            for method in (*asked.methods, *ORDERS):
                own = {level: nodes[level] for level in asked.levels if net.answers(method, nodes[level])}
                parts = parts_of(method, asked.parts(number))
                settings = {} if method in ORDERS else asdict(METHODS[method].settings())
                path = keep / net.name / method / f"{video.name}.json"
                identity = same | {"weights": hashed, "settings": _plain(settings)}
                if own and parts:
                    yield Page(path, net, method, video, number, own, parts, identity)


def _path(hierarchy: Hierarchy, label: str) -> dict[str, str]:
    """The node of each level that a class belongs to."""
    nodes = [hierarchy.nodes[node] for node in reversed(hierarchy.ancestors(hierarchy.index(label)))]
    return dict(zip(LEVELS, nodes, strict=True))


def _plain(settings: dict[str, Any]) -> dict[str, Any]:
    """As JSON gives it back."""
    return {name: list(own) if isinstance(own, tuple) else own for name, own in settings.items()}


def _answer(pages: Sequence[Page], asked: Asked) -> None:
    """Find all that is missing, clip by clip, which several explainers share."""
    open_pages = [page for page in pages if page.missing]
    bar = tqdm(total=sum(len(page.missing) for page in open_pages), desc="explainers", unit="part", delay=2)
    scene = None
    for page in open_pages:
        if scene is None or scene.video is not page.video:
            key = key_of(page.video) if "causal" in page.parts else None
            scene = open_scene(page.video, page.network, key, asked.fill, asked.seed)
        for _ in page.answer(scene):
            bar.update()
    bar.close()
