"""What makes a training run this one and no other: a stopped run is gone on with only where all of it is the same."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hprotopnet.config import Config, to_dict
from hprotopnet.data.dataset import contents
from hprotopnet.data.splits import Split, Video
from hprotopnet.data.versions import versions
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.models.backbones.base import Backbone

SIDES = ("train", "validation", "test")
LONGEST = 60  # characters of a value that are shown


def identity(config: Config, hierarchy: Hierarchy, split: Split, backbone: Backbone) -> dict[str, Any]:
    """The run as plain data for JSON; no features are needed, but every video is read for the hash of its content."""
    described = {
        "config": to_dict(config),
        "hierarchy": hierarchy.to_dict(),
        "split": split.record,
        "videos": {side: _hashes(getattr(split, side)) for side in SIDES},
        "backbone": {"weights": backbone.weights_id, "normalisation": backbone.normalisation},
        "versions": versions() | {"backbone": backbone.version},
    }
    return json.loads(json.dumps(described, default=vars))


def _hashes(videos: Sequence[Video]) -> dict[str, str | None]:
    found = contents(videos, on_bad=lambda video, error: None)  # it will be said when its features are missed
    return {video.name: found.get(video) for video in videos}


def differences(known: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """In what a run differs from the one that is known, each in a few words; what was not noted then is passed over."""
    found = []
    for part, kind in (("config", "configuration field"), ("backbone", "backbone:"), ("versions", "version of")):
        fields = dict(_fields(now[part]))
        before = dict(_fields(known.get(part, now[part])))
        found += [
            f"{kind} {name} is {_short(fields.get(name))}, was {_short(before.get(name))}"
            for name in sorted(fields | before)
            if fields.get(name) != before.get(name)
        ]
    found += ["another tree"] if known["hierarchy"] != now["hierarchy"] else []
    found += ["another split"] if _parted(known) != _parted(now) else []
    return found + list(_of_videos(known.get("videos", now["videos"]), now["videos"]))


def _fields(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Name and value of every field, "model.per_node" for one inside another."""
    for name, own in value.items():
        if isinstance(own, dict):
            yield from _fields(own, f"{prefix}{name}.")
        else:
            yield prefix + name, own


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _parted(described: Mapping[str, Any]) -> dict[str, Any]:
    """The split but for what is only known when its videos have been read."""
    return {name: value for name, value in described["split"].items() if name != "unreadable"}


def _of_videos(known: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    old, new = ({name: hash for side in own.values() for name, hash in side.items()} for own in (known, now))
    parts = {
        "changed": [name for name in new if name in old and old[name] != new[name]],
        "new": [name for name in new if name not in old],
        "gone": [name for name in old if name not in new],
    }
    for word, names in parts.items():
        if names:
            yield f"{len(names)} video{'s' * (len(names) > 1)} {word}, first {names[0]}"
