"""What the name of a file tells: that it is a video, and which footage it was cut from."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath

_VIDEOS = (  # the usual ones first, then what cameras, phones, discs and codecs call theirs
    ".avi .flv .gif .m4v .mkv .mov .mp4 .mpeg .mpg .ogv .ts .webm .wmv .264 .265 .3g2 .3gp .amv .asf .divx .dv .f4v"
    " .h264 .h265 .hevc .ivf .m1v .m2t .m2ts .m2v .mj2 .mjpeg .mjpg .mpe .mpv .mts .mxf .nut .ogg .ogm .qt .rm .rmvb"
    " .vob .y4m"
)
SUFFIXES = tuple(re.findall(r"\.\w+", _VIDEOS))
# Numbers of group and clip, as UCF-101 has them at the end: tools write them otherwise and add words of their own.
_GROUP = re.compile(r"(?<![^\W_])g(\d+)[\W_]+c\d+(?![^\W_])", re.IGNORECASE)
# Names that tell their footage in other ways: 'dQw4w9WgXcQ_000010_000020', 'person01_walk_d2', 'clip_scene3_001'.
_OF_YOUTUBE = re.compile(r"([\w-]{11})_\d{6}_\d{6}")
_IN_WORDS = re.compile(r"(?:scene|group|subject|person|actor|player|session|sequence)[\W_]*\d+", re.IGNORECASE)
_NUMBERED = re.compile(r"(.+?)[\W_]+\d+[\W_]*")


def without_suffix(name: str) -> str:
    """The name of a video without the suffix that says so; others are part of the name."""
    path = PurePath(name)
    return name[: -len(path.suffix)] if path.suffix.lower() in SUFFIXES else name


def group_of(stem: str) -> str | None:
    """Group of a video by its name, "g07" of `v_Archery_g07_c02`, however it is written; None where it has none."""
    found = _GROUP.findall(stem)
    return f"g{int(found[-1]):02d}" if found else None


def unused_groups(names: Iterable[str]) -> str | None:
    """A line on names, "Class/video", that seem to tell which videos are cut from the same footage.

    Only names of videos without a group are of interest: what is guessed here parts nothing.
    """
    footage: dict[tuple[str, str], list[str]] = {}
    for name in names:
        for source in filter(None, [_footage(name)]):
            footage.setdefault(source, []).append(name)
    kinds = Counter(kind for kind, _ in footage)
    shared = {
        source: own
        for (kind, source), own in footage.items()
        if len(own) > 1 and (kind == "youtube" or kinds[kind] > 1)
    }
    if not shared:
        return None
    source, (name, other, *_) = next(iter(shared.items()))
    return (
        f"{sum(map(len, shared.values()))} videos seem to be cut from {len(shared)} longer ones by their names, as"
        f" '{name}' and '{other}' from '{source}', which parts nothing: they may be on two sides of a split; give list"
        " files, or add groups to the names (..._g01_c01, ..._g01_c02)"
    )


def _footage(name: str) -> tuple[str, str] | None:
    """What a video seems to be cut from, after the kind of its name; numbered ones are told apart class by class."""
    label, _, video = name.rpartition("/")
    stem = without_suffix(video)
    if found := _OF_YOUTUBE.fullmatch(stem):
        return "youtube", found[1]
    if found := _IN_WORDS.search(stem):
        return "words", found[0].lower()
    found = _NUMBERED.fullmatch(stem)
    return (label, found[1]) if found else None
