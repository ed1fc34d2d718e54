"""The clips and stories of Pantomime that come with the project, and who may be asked about them."""

from pathlib import Path

from hprotopnet.data.dataset import list_videos
from hprotopnet.data.splits import Video
from hprotopnet.hierarchy.tree import SHIPPED, Hierarchy, load_hierarchy
from hprotopnet.pantomime.truth import load_summary, truth_path

CLIPS = SHIPPED.parent / "pantomime"
# Stories lie outside bundles, which share them: in the project, or where the app or training was started.
FILMS = tuple(root / "assets" / "pantomime" / "films" / "stories" for root in (SHIPPED.parent.parent, Path()))


def part_of_pantomime(hierarchy: Hierarchy) -> bool:
    """Whether all names of a tree, ancestors included, are Pantomime's; single classes occur in other trees, too."""
    return set(hierarchy.nodes) <= set(load_hierarchy("pantomime").nodes)


def shipped_clips(hierarchy: Hierarchy) -> list[Video]:
    """Test clips that come with the project, of the classes of a tree that is a part of Pantomime's."""
    if not part_of_pantomime(hierarchy) or not CLIPS.is_dir():
        return []
    return [
        video for video in list_videos(CLIPS, load_hierarchy("pantomime")).videos if video.label in hierarchy.classes
    ]


def shipped_stories(hierarchy: Hierarchy) -> list[Path]:
    """Stories that a network of this tree can be asked about: those of its classes, if all are Pantomime's."""
    if not part_of_pantomime(hierarchy):
        return []
    films = {path.name: path for folder in reversed(FILMS) for path in folder.glob("*.mp4")}
    return [films[name] for name in sorted(films) if label_of(films[name]) in hierarchy.classes]


def label_of(film: Path) -> str | None:
    """The class acted in a film, by the truth beside it; None where there is no truth, or more than one class."""
    if not truth_path(film).is_file():
        return None
    labels = {label for *_, label in load_summary(film)[1]["segments"]}
    return labels.pop() if len(labels) == 1 else None
