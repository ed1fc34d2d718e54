"""What is known of a clip of Pantomime: where each level's cue lies, and how it looks with another cue."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from hprotopnet.data.splits import Video
from hprotopnet.evaluation.evidence import energy_inside, hits
from hprotopnet.explain.explanation import LevelExplanation
from hprotopnet.pantomime.shipped import part_of_pantomime, shipped_clips
from hprotopnet.pantomime.stage import CUES
from hprotopnet.pantomime.truth import SEEN, at_clip, load_truth, truth_path
from hprotopnet.ui.cases import Case
from hprotopnet.ui.clip import picture
from hprotopnet.ui.text import plain
from hprotopnet.views import render, words

SIDE = 300  # pixels of a picture


@dataclass(frozen=True)
class Known:
    """A clip whose truth lies beside it.

    Attributes:
        video: the video it was cut from.
        conditions: how it can be rendered again, by name.
        as_is: the condition under which nothing is changed.
        rendered: its frames under a condition, (T, S, S, 3).
    """

    video: Video
    conditions: tuple[str, ...]
    as_is: str
    rendered: Callable[[str], np.ndarray]


def known(case: Case) -> Known | None:
    """What is known of a clip; None of one whose truth is not."""
    video = video_with_truth(case)
    if video is None:
        return None
    from hprotopnet.pantomime.conditions import CONDITIONS
    from hprotopnet.studies.causes import AS_IS

    names = tuple(name for name in CONDITIONS if name != AS_IS)
    return Known(video, names, AS_IS, lambda name: _rendered(case.key, name, case, video))


def video_with_truth(case: Case) -> Video | None:
    """The video of a clip; None of one that is none of Pantomime's, or whose truth does not lie beside it."""
    tree = case.bundle.hierarchy
    if len(tree.level_names) != len(CUES[:3]) or not part_of_pantomime(tree):
        return None
    video = _video(case)
    return video if video is not None and truth_path(video.path).is_file() else None


def _video(case: Case) -> Video | None:
    choice = case.choice
    if choice.content is not None:
        return None
    if choice.path is not None:
        return Video(choice.video, Path(choice.path), choice.label or "", "") if choice.label else None
    return next((own for own in shipped_clips(case.bundle.hierarchy) if own.name == choice.video), None)


@st.cache_data(scope="session", max_entries=16, show_spinner="Rendering the clip again …")
def _rendered(key: tuple[str, ...], name: str, _case: Case, _video: Video) -> np.ndarray:
    from hprotopnet.pantomime.conditions import CONDITIONS, frames_of
    from hprotopnet.studies.causes import key_of

    return frames_of(key_of(_video), _case.bundle.config.clip, CONDITIONS[name])


def true_cues(case: Case, truth: Known) -> None:
    """The true cue of each level over the heat of its strongest prototype, with how well they agree."""
    masks = cue_masks(case, truth.video)
    levels = case.explanation.levels
    for bit, (column, level) in enumerate(zip(st.columns(len(levels), gap="medium"), levels, strict=True)):
        with column:
            st.markdown(
                f"{plain(level.level.capitalize())}: **{plain(words.display(case.bundle.hierarchy, level.node))}**"
            )
            _true_cue(case, level, (masks >> bit & 1).astype(bool))
    st.caption(
        "Heat of each level's strongest prototype, stretched from a coarse grid, in the frame where it is strongest."
        " The line, black and white, goes round the true cue of that level in this clip, as it was rendered."
    )


def cue_masks(case: Case, video: Video) -> np.ndarray:
    """Which cues each pixel of the clip shows: bits of `pantomime.stage.CUES`, uint8 (T, S, S)."""
    return _masks(case.key, case, video)


@st.cache_data(scope="session", max_entries=8, show_spinner=False)
def _masks(key: tuple[str, ...], _case: Case, _video: Video) -> np.ndarray:
    return at_clip(load_truth(_video.path), _case.explanation.times, _case.bundle.config.clip.size)


def _true_cue(case: Case, level: LevelExplanation, mask: np.ndarray) -> None:
    if not level.evidence:
        st.caption("This network has no prototypes here, so there is nothing to compare.")
        return
    row = level.evidence[0]
    frame = render.peak_frame(row.boxes, row.moment)
    strength = render.over_time(row.activation, len(case.images), row.offset)[[frame]]
    images = render.heat(render.enlarge(case.images[[frame]], SIDE), strength, row.offset)
    drawn = render.contour(images, mask[[frame]])
    picture(render.animation(drawn, 1), "Heat of the strongest prototype, with the outline of the true cue")
    if mask.mean() < SEEN:
        st.caption("The cue of this level cannot be seen in this clip.")
        return
    on = bool(hits(np.array(row.cell), case.explanation.grid, mask, row.offset))
    share = energy_inside(np.maximum(row.activation, 0), mask, row.offset)
    st.caption(
        f"The strongest place lies {'**on**' if on else '**off**'} the cue. {100 * share:.0f} % of the heat is on it,"
        f" which fills {100 * mask.mean():.0f} % of the clip."
    )
