"""Writing what is stored of a detector, see `showcase`, and computing again what is stored of its videos."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.bundles.replacing import replacing
from hprotopnet.bundles.similarities import identity
from hprotopnet.data.dataset import clip_from
from hprotopnet.errors import InputError
from hprotopnet.explain.prototypes import explain
from hprotopnet.files import sha256, visible, write_json, writing
from hprotopnet.temporal.annotations import LongVideo, LongVideos
from hprotopnet.temporal.atoms import Atom
from hprotopnet.temporal.card import WEIGHTS, read_card
from hprotopnet.temporal.clips import FeatureArrays, FeatureFolder
from hprotopnet.temporal.detection import detect
from hprotopnet.temporal.detector import StoredDetector, load_detector, setting_of
from hprotopnet.temporal.near import nearest_clips, pictures
from hprotopnet.temporal.showcase import (
    AGAIN,
    EVIDENCE,
    FEATURES,
    FOLDER,
    JSON,
    MOST_FILM,
    SCORES,
    VIDEO,
    Content,
    Piece,
    Showcase,
    Tested,
    chosen,
    load_showcase,
    picture_name,
)
from hprotopnet.temporal.training import concepts_of, scores_of

FILMS = 4  # videos that are stored
TOLD, KEPT = 10, 2  # moments of a video that a prototype network is asked about, and prototypes kept of each level
DIGITS = 5  # significant ones of what it says
SMALL = 600_000  # bytes of a video that is stored, where there are enough such
APART = 0.64  # seconds from one such moment to the next, at least
CLOSE = 1e-5  # by how much of the largest score what is computed again may differ


@dataclass(frozen=True)
class Sources:
    """Where what is stored comes from.

    Attributes:
        data: videos with features, and the sides they are on.
        films: files of the videos, by name.
        atoms: true atomic actions, by name of video.
        network: a prototype network that is asked why, too.
        count: videos that are stored.
    """

    data: LongVideos
    films: Mapping[str, Path]
    atoms: Mapping[str, Sequence[Atom]]
    network: Bundle | None = None
    count: int = FILMS


def write_showcase(folder: Path, sources: Sources, training: str, tested: str) -> dict[str, Any]:
    """Store what a detector says of the tested videos, some of them, and clips near its concepts; how much there is.

    Args:
        training, tested: subsets; concepts are shown by videos of the first.

    Raises `InputError` where a video is absent or cannot be read; then what was stored before stays.
    """
    stored, data = load_detector(folder), sources.data
    if data.hierarchy != stored.hierarchy or data.features.width != stored.config.width:
        raise InputError(f"{folder}: the detector is of other classes or features than the videos; give its own")
    videos = data.of(tested)
    kept = chosen(_small(videos, sources), data.coarse, sources.count)
    near, alike = nearest_clips(stored, data, sources.atoms, training)
    _check_there(sources.films, {*(own.name for own in kept), *(clip.video for own in near for clip in own.near)})
    names = {own.name for own in kept}
    before = [file.name for file in (folder / FOLDER).glob("*")]
    with replacing(folder / FOLDER, before) as draft:
        for video in kept:
            _keep(draft, video.name, sources)
        said = [_said(stored, video.name, sources, video.name in names) for video in tqdm(videos, "videos", delay=2)]
        with writing(draft / SCORES), open(draft / SCORES, "wb") as file:
            scores, concepts = (np.concatenate(part) for part in zip(*said, strict=True))
            np.savez_compressed(file, scores=scores.astype(np.float32), concepts=concepts.astype(np.int32), alike=alike)
        for number, picture in tqdm(pictures(near, sources.films, _span(stored)), "concepts", len(near), delay=2):
            (draft / picture_name(number)).write_bytes(picture)
        if sources.network:
            write_json(draft / EVIDENCE, _evidence(stored, kept, said, videos, sources))
        rows = tuple(_tested(video, sources, len(own[0]), names) for video, own in zip(videos, said, strict=True))
        content = Content(sha256(folder / WEIGHTS), _span(stored), rows, tuple(near))
        write_json(draft / JSON, asdict(content))
        size = sum(file.stat().st_size for file in draft.iterdir())
    return {"videos": len(videos), "films": sorted(names), "concepts": len(near), "megabytes": size / 1e6}


def verify_showcase(folder: Path) -> dict[str, Any]:
    """Compute again what is stored of the videos whose features lie beside: JSON with `holds`.

    Raises `InputError` for a detector without a showcase, or with one that is not whole.
    """
    stored, found = load_detector(folder), load_showcase(read_card(folder))
    if found is None:
        raise InputError(f"{folder}: has no showcase; make one", "python -m hprotopnet showcase")
    rows = [_verified(stored, found, name) for name in found.shown]
    largest = max((row["difference"] for row in rows), default=0.0)
    holds = bool(rows) and largest <= CLOSE and not any(row["concepts"] + row["segments"] for row in rows)
    return {"films": rows, "largest_difference": largest, "holds": holds}


def _verified(stored: StoredDetector, found: Showcase, name: str) -> dict[str, Any]:
    """How far what is stored of a video is from what comes of its features; the difference as a share, see `CLOSE`."""
    found.film(name)
    at, features = found.names.index(name), FeatureFolder(found.folder, stored.config.width)
    found.features(name)
    scores, concepts = _ask(stored, name, features)
    if scores.shape != found.scores[at].shape:
        raise InputError(f"{found.features(name)}: has not as many clips as are stored; {AGAIN}")
    rate, before = found.videos[at].rate, found.scores[at]
    one, other = (detect(own, rate, stored.config.rule) for own in (scores, before))
    same = len(one.labels) == len(other.labels) and all(
        np.allclose(a, b, rtol=CLOSE, atol=CLOSE) for a, b in zip(one, other, strict=True)
    )
    return {
        "video": name,
        "difference": float(np.abs(scores - before).max() / max(1.0, float(np.abs(before).max()))),
        "concepts": int((concepts != found.concepts[at]).sum()),
        "segments": int(not same),
    }


def _check_there(films: Mapping[str, Path], names: set[str]) -> None:
    missing = sorted(names - films.keys())
    if missing:
        raise InputError(f"there is no film of {len(missing)} videos, such as '{visible(missing[0])}'; give its folder")


def _small(videos: Sequence[LongVideo], sources: Sources) -> Sequence[LongVideo]:
    """Videos whose files are small, or all of them where there are not enough."""
    films = sources.films
    found = [own for own in videos if own.name in films and films[own.name].stat().st_size <= SMALL]
    return found if len(found) >= sources.count else videos


def _keep(draft: Path, name: str, sources: Sources) -> None:
    """A video and its features, half precision."""
    film = sources.films[name]
    if film.suffix.lower() != f".{VIDEO}" or film.stat().st_size > MOST_FILM:
        raise InputError(f"{film}: only .{VIDEO} of at most {MOST_FILM >> 20} MB are stored; give others, or fewer")
    with writing(draft):
        (draft / f"{name}.{VIDEO}").write_bytes(film.read_bytes())
        with open(draft / f"{name}.{FEATURES}", "wb") as file:
            np.save(file, sources.data.features.read(name).astype(np.float16))


def _said(stored: StoredDetector, name: str, sources: Sources, kept: bool) -> tuple[np.ndarray, np.ndarray]:
    """Scores and concepts of a video, of one that is stored by the features that are stored of it."""
    found = sources.data.features.read(name)
    return _ask(stored, name, FeatureArrays({name: found.astype(np.float16) if kept else found}))


def _ask(stored: StoredDetector, name: str, features: FeatureArrays | FeatureFolder) -> tuple[np.ndarray, np.ndarray]:
    (scores,), (concepts,) = (list(ask(stored.network, features, [name])) for ask in (scores_of, concepts_of))
    return scores, concepts


def _tested(video: LongVideo, sources: Sources, clips: int, kept: set[str]) -> Tested:
    nodes = sources.data.hierarchy.nodes
    pieces = [
        Piece(start, end, nodes[label]) for (start, end), label in zip(video.times.tolist(), video.labels, strict=True)
    ]
    hashed = sha256(sources.films[video.name]) if video.name in kept else ""
    atoms = tuple(sources.atoms.get(video.name, ()))
    return Tested(video.name, video.duration, clips, tuple(pieces), atoms, hashed)


def _span(stored: StoredDetector) -> float | None:
    with suppress(InputError):
        return setting_of(stored.source).clip.span
    return None


# --- evidence ---------------------------------------------------------------------------------------------------------


def _evidence(
    stored: StoredDetector,
    kept: Sequence[LongVideo],
    said: Sequence[tuple[np.ndarray, np.ndarray]],
    videos: Sequence[LongVideo],
    sources: Sources,
) -> dict[str, Any]:
    """What a prototype network says of the middles of true segments and of the surest that were found."""
    bundle = sources.network
    model = bundle.load_model()
    scores = {video.name: own[0] for video, own in zip(videos, said, strict=True)}
    asked = [(video, moment) for video in kept for moment in moments(video, scores[video.name], stored)]
    told = []
    for video, moment in tqdm(asked, "evidence", unit="moment", delay=2):
        begin = max(0.0, moment - bundle.config.clip.span / 2)
        clip = clip_from(sources.films[video.name], begin, bundle.config.clip)._replace(video=video.name)
        explanation = explain(model, clip, bundle.config.threshold, KEPT)
        told.append({"video": video.name, "moment": moment, "explanation": _short(explanation.to_dict())})
    return {"network": bundle.name, "weights": identity(bundle), "told": told}


def _short(value: Any) -> Any:
    """Plain data with its numbers to so many digits as are shown, and more."""
    if isinstance(value, dict):
        return {name: _short(own) for name, own in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_short(own) for own in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def moments(video: LongVideo, scores: np.ndarray, stored: StoredDetector) -> list[float]:
    """Moments of a video that are worth asking about, ascending: of true segments first, then of the surest found."""
    found = detect(scores, video.rate, stored.config.rule)
    order = np.argsort(-found.scores, kind="stable")
    wanted = [*video.times.mean(1).tolist(), *found.times[order].mean(1).tolist()]
    taken: list[float] = []
    for moment in wanted:
        if len(taken) < TOLD and all(abs(moment - own) >= APART for own in taken):
            taken.append(round(moment, 2))
    return sorted(taken)


def films_in(folder: Path, names: Iterable[str]) -> dict[str, Path]:
    """Files of videos by name, as far as they lie in a folder."""
    wanted = set(names)
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder; give that of the videos")
    found = {path.stem: path for path in sorted(folder.glob(f"*.{VIDEO}"))}
    return {name: path for name, path in found.items() if name in wanted}
