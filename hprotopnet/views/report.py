"""An explanation as files: `explanation.json` and a picture of each level, and the forms that are asked for."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.data.dataset import chosen_clip, label_of
from hprotopnet.data.pictures import list_series
from hprotopnet.errors import InputError
from hprotopnet.explain.prototypes import Explanation, explain
from hprotopnet.files import atomic_write, write_bytes, write_json
from hprotopnet.views import words
from hprotopnet.views.account import Account, account_of
from hprotopnet.views.exports import FORMS
from hprotopnet.views.sheet import level_picture
from hprotopnet.writers import sole_writer

TOLD = 3  # prototypes of each level


def explain_video(
    bundle: Bundle,
    video: Path,
    out: Path,
    start: float | None,
    threshold: float | None,
    forms: Sequence[str] = (),
) -> Iterator[str]:
    """Explain one clip of a video, write the files, and yield what was found, line by line, and each form once written.

    Args:
        forms: which of `exports.FORMS` are written as well, as `explanation.html` and the like.

    Raises `InputError` when the video cannot be read or the threshold is outside (.5, 1).
    """
    threshold = bundle.config.threshold if threshold is None else threshold
    if not 0.5 < threshold < 1:
        raise InputError(f"threshold is {threshold:g}; give one between .5 and 1")
    clip = chosen_clip(video, start, bundle.config.clip)
    explanation = explain(bundle.load_model(), clip, threshold)
    tree, label = bundle.hierarchy, label_of(video, bundle.hierarchy)
    yield from describe(explanation, bundle)
    yield from filter(None, [". ".join(filter(None, words.truth(label, explanation, tree)))])
    with sole_writer(out, wait=True):  # so that all are of one video
        for level in explanation.levels:
            with atomic_write(out / f"{level.level}.png") as path:
                truth = words.true_node(label, level, tree)
                level_picture(explanation, level, clip.images, bundle, truth=truth).save(path)
        write_json(out / "explanation.json", explanation.to_dict())
        if forms:
            yield from _export(account_of(bundle, explanation, clip.images, threshold, label), out, forms)
    if video.is_dir():
        yield from (
            f"{len(pictures)} pictures of the folder are no frames: {reason}"
            for reason, pictures in list_series(video).left_out.items()
        )
    yield f"written to {out}"


def _export(account: Account, out: Path, forms: Sequence[str]) -> Iterator[str]:
    """Write some forms, each file whole or not at all, and say of each that it is there."""
    for form in forms:
        for end, content in FORMS[form].make(account).items():
            write_bytes(out / f"explanation{end}", content)
            yield f"explanation{end}: {len(content) / 1e6:.2f} MB"


def describe(explanation: Explanation, bundle: Bundle) -> Iterator[str]:
    """The explanation in words, a line a level."""
    hierarchy = bundle.hierarchy
    yield f"{explanation.video} {words.taken(explanation.start, explanation.times, bundle.config.clip)}"
    for level in explanation.levels:
        name = hierarchy.display[hierarchy.index(level.node)]
        yield f"{level.level}: {name} ({level.probability:.2f})"
        for row in level.telling(TOLD):
            source = bundle.prototypes[row.prototype].video
            weight = words.weighed(row.contribution, level, name)
            yield f"  {weight}: looks like {source}, similarity {row.similarity:.2f}"
    answer = explanation.answer
    said = hierarchy.display[hierarchy.index(answer)] if answer else "not sure"
    yield f"answer at threshold {explanation.threshold:g}: {said}"
    yield from words.notes(explanation)
    without = sum(bundle.excerpt(prototype) is None for prototype in bundle.prototypes)
    if without:
        yield f"{without} of {len(bundle.prototypes)} prototypes have no picture of where they come from in the bundle"
