"""Training clips near each visual concept: which they are, and pictures in which they play."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from tqdm import tqdm

from hprotopnet.data.video import read_windows
from hprotopnet.temporal.annotations import LongVideo, LongVideos
from hprotopnet.temporal.atoms import Atom, atoms_of_clips
from hprotopnet.temporal.concepts import nearest
from hprotopnet.temporal.detector import StoredDetector
from hprotopnet.temporal.showcase import Concept, Near

NEAREST = 3  # clips that are shown of a concept
FRAMES, SIDE, GAP, QUALITY = 8, 66, 4, 45  # of a clip: frames, height and gap in pixels, of WebP

Row = tuple[float, int, int]  # a clip's distance squared, its video, its place in that
Atoms = Mapping[str, Sequence[Atom]]


@torch.inference_mode()
def nearest_clips(
    stored: StoredDetector, data: LongVideos, atoms: Atoms, training: str, most: int = NEAREST
) -> tuple[list[Concept], np.ndarray]:
    """The training clips nearest to each concept, of different videos first; and `Showcase.alike`."""
    videos, network = data.of(training), stored.network
    rows: list[list[Row]] = [[] for _ in range(stored.config.concepts)]
    summed = torch.zeros(stored.config.concepts, stored.config.encoded)
    for number, video in enumerate(tqdm(videos, "clips near concepts", unit="video", delay=2)):
        said = network(torch.from_numpy(data.features.read(video.name)))
        own, far = nearest(said.encoded, network.concepts)
        summed.index_add_(0, own, said.hidden)
        for clip, (concept, distance) in enumerate(zip(own.tolist(), far.tolist(), strict=True)):
            rows[concept].append((distance, number, clip))
    alike = F.normalize(network.fine.out.weight, dim=1) @ F.normalize(summed, dim=1).T
    found = [_first(own)[:most] for own in rows]
    near = [tuple(_near(row, videos[row[1]], data, atoms) for row in own) for own in found]
    concepts = [Concept(number, len(rows[number]), own) for number, own in enumerate(near)]
    return concepts, alike.numpy()


def _first(rows: Sequence[Row]) -> list[Row]:
    """Clips by their distance, of each video the nearest in front of all others."""
    best: dict[int, Row] = {}
    for row in sorted(rows):
        best.setdefault(row[1], row)
    return [*best.values(), *(row for row in sorted(rows) if row not in best.values())]


def _near(row: Row, video: LongVideo, data: LongVideos, atoms: Atoms) -> Near:
    distance, _, clip = row
    clips, nodes = data.features.count(video.name), data.hierarchy.nodes
    cell = video.duration / clips
    acted = [Atom(tuple(own), nodes[label]) for own, label in zip(video.times.tolist(), video.labels, strict=True)]
    label = atoms_of_clips(acted, clips, video.duration)[clip]
    atom = atoms_of_clips(atoms.get(video.name, ()), clips, video.duration)[clip]
    return Near(video.name, round(clip * cell, 3), round((clip + 1) * cell, 3), distance**0.5, label, atom)


def pictures(concepts: Sequence[Concept], films: Mapping[str, Path], span: float | None) -> Iterator[tuple[int, bytes]]:
    """Number and picture of each concept: the clips nearest to it side by side, an animated WebP."""
    strips = _strips({clip for own in concepts for clip in own.near}, films, span)
    wide = max((strip.shape[2] for strip in strips.values()), default=SIDE)
    nothing = np.full((FRAMES, SIDE, wide, 3), 128, np.uint8)
    for own in concepts:
        shown = [strips[clip] for clip in own.near]
        yield own.number, _animated([*shown, *[nothing] * (NEAREST - len(shown))], span or 1.0)


def _strips(clips: Iterable[Near], films: Mapping[str, Path], span: float | None) -> dict[Near, np.ndarray]:
    """What clips show, each (FRAMES, SIDE, W, 3); where clips are longer than cells, of their neighbours, too."""
    of_film: dict[str, list[Near]] = {}
    for clip in sorted(clips, key=lambda own: (own.video, own.start)):
        of_film.setdefault(clip.video, []).append(clip)
    found = {}
    for name, own in tqdm(of_film.items(), "clips near concepts read", unit="video", delay=2):
        windows = [_instants(clip, span) for clip in own]
        for clip, frames in zip(own, read_windows(films[name], windows, SIDE), strict=True):
            found[clip] = _middle(frames.images)
    return found


def _instants(clip: Near, span: float | None) -> list[float]:
    middle, lasts = (clip.start + clip.end) / 2, span or clip.end - clip.start
    return (middle + ((np.arange(FRAMES) + 0.5) / FRAMES - 0.5) * lasts).clip(min=0).tolist()


def _middle(images: np.ndarray) -> np.ndarray:
    """Pictures whose short side is `SIDE` cut to that height and at most twice that width."""
    high, wide = images.shape[1:3]
    top, left = (high - SIDE) // 2, max(0, wide - 2 * SIDE) // 2
    return images[:, top : top + SIDE, left : left + 2 * SIDE]


def _animated(strips: Sequence[np.ndarray], seconds: float) -> bytes:
    gap = np.full((FRAMES, SIDE, GAP, 3), 255, np.uint8)
    joined = np.concatenate([part for strip in strips for part in (gap, strip)][1:], axis=2)
    first, *rest = map(Image.fromarray, joined)
    more = {"save_all": True, "append_images": rest, "duration": round(1000 * seconds / FRAMES), "loop": 0}
    file = io.BytesIO()
    first.save(file, "WEBP", quality=QUALITY, method=4, **more)
    return file.getvalue()
