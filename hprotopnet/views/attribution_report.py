"""What a network's answer rests on in a video, as files: values, data, and pictures that move; a folder a method."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hprotopnet.attribution.attribution import Attribution, Rivals, save_attribution
from hprotopnet.attribution.method import Step
from hprotopnet.attribution.methods import attribute, choose_settings, find_method
from hprotopnet.attribution.networks import NETWORKS
from hprotopnet.attribution.subject import PrototypeSubject, Subject
from hprotopnet.bundles.replacing import replacing
from hprotopnet.data.dataset import chosen_clip
from hprotopnet.errors import InputError
from hprotopnet.files import check_writable, write_bytes, write_json
from hprotopnet.studies.attributed import ALL, likeliest, methods_for, told
from hprotopnet.studies.subjects import open_subject
from hprotopnet.views import words
from hprotopnet.views.attributed import AMONG, Account, gif, mp4, scale
from hprotopnet.views.attribution import resolved
from hprotopnet.writers import sole_writer

DELAY = 2.0  # seconds before progress is shown
PARTS = ("attribution.npz", "attribution.json", "attribution.gif", "attribution.mp4")


def attribute_video(
    network: str,
    video: Path,
    out: Path,
    method: str,
    target: str | None = None,
    start: float | None = None,
    settings: dict[str, Any] | None = None,
    rivals: Rivals = "all",
) -> Iterator[str]:
    """Ask a network about one clip of a video, write what was found, and yield it, line by line.

    Args:
        network: a published one by name, or a bundle's folder.
        method: by name; with `all`, each of them writes a folder in `out`, otherwise `out` is that folder.
        target: a class, or a node of the network's tree; the likeliest class by default.
        start: of the clip, in seconds; the middle of the video by default.
        settings: of the method.
        rivals: of a node of a tree, see `PrototypeSubject`.

    Raises `InputError` when the network cannot be had, the video cannot be read, and for what is not known.
    """
    _check(method, settings or {}, out)
    subject = open_subject(network, rivals=rivals)
    methods = methods_for(method, subject)
    clip = chosen_clip(video, start, subject.clip)
    target = likeliest(subject, clip) if target is None else subject.targets[subject.index(target)]
    part = words.taken(clip.start, clip.times, subject.clip)
    yield f"{clip.video} {part}, asked of {subject.name}: {target}{AMONG[rivals]}"
    with sole_writer(out, wait=True):
        for name in methods:
            try:
                with _progress(name) as step:
                    own = attribute(subject, clip, target, name, step, **(settings or {}))
            except InputError as error:
                if method != ALL:
                    raise
                yield f"{name}: left out, {error}"
                continue
            folder = out / name if method == ALL else out
            _write(Account(own, clip, subject.clip, title(subject), display(subject, target)), folder)
            yield from _described(own, told(own, clip))
    yield f"written to {out}"


def title(subject: Subject) -> str:
    """Name of a network as shown to people."""
    return NETWORKS[subject.name].title if subject.name in NETWORKS else subject.name


def display(subject: Subject, target: str) -> str:
    """Name of a target as shown to people."""
    return words.display(subject.model.hierarchy, target) if isinstance(subject, PrototypeSubject) else target


def _check(method: str, settings: dict[str, Any], out: Path) -> None:
    """Refuse what can be refused before anything is loaded."""
    if method == ALL and settings:
        raise InputError(f"settings are those of one method: {', '.join(settings)}; name it in place of '{ALL}'")
    if method != ALL:
        choose_settings(find_method(method), settings)
    if out.exists() and not out.is_dir():
        raise InputError(f"{out}: is no folder; give another one")
    check_writable(out.parent / PARTS[0])


@contextmanager
def _progress(name: str) -> Iterator[Step]:
    """What a method tells how far it is."""
    shape = "{desc}: {percentage:3.0f}%|{bar}| {elapsed} so far, {remaining} to go"
    with tqdm(total=1.0, desc=name, bar_format=shape, delay=DELAY) as bar:
        yield lambda share: bar.update(share - bar.n)


def _write(account: Account, folder: Path) -> None:
    """All files of one attribution; the folder is there once they are."""
    facts = told(account.own, account.clip) | {"grid": resolved(account.own), "scale": scale(account.own)}
    with replacing(folder, PARTS) as draft:
        save_attribution(draft / PARTS[0], account.own)
        write_json(draft / PARTS[1], facts)
        write_bytes(draft / PARTS[2], gif(account))
        write_bytes(draft / PARTS[3], mp4(account))


def _described(own: Attribution, facts: dict[str, Any]) -> Iterator[str]:
    """What was found, in two lines."""
    sure = words.probability(facts["probability"])
    yield f"{own.method}: {own.target} ({sure}), {resolved(own)}, in {own.seconds:.1f} s"
    place = facts["peak"]
    if place is None:
        yield "  nothing in the clip speaks for it"
    else:
        left, top, right, bottom = place["box"]
        yield f"  most at {place['seconds']:.2f} s, pixels {left} to {right} across and {top} to {bottom} down"
