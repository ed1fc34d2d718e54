"""What is told slide by slide: one clip, or a tour of three minutes over Pantomime."""

from collections.abc import Sequence

import streamlit as st
from PIL import Image

from hprotopnet.bundles.bundle import Bundle
from hprotopnet.explain.explanation import LevelExplanation
from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.ui.cases import Case, Choice, explained
from hprotopnet.ui.clip import answer, clip_player, disk, play
from hprotopnet.ui.duel import difference, over_the_test_set
from hprotopnet.ui.networks import name_of
from hprotopnet.ui.slides import Slide
from hprotopnet.ui.story import story_section
from hprotopnet.ui.teaching import Lesson, lessons
from hprotopnet.ui.text import plain
from hprotopnet.ui.truth import known, true_cues
from hprotopnet.ui.walk import best_piece, glance, why_not_pieces
from hprotopnet.views import words

PICTURE = SHIPPED.parent.parent / "assets" / "pantomime.jpg"
PAGES = (("evidence", "Look into any clip"), ("compare", "Compare two networks"), ("hierarchy", "Walk over the tree"))


def clip_deck(case: Case) -> list[Slide]:
    """One clip: what is this, what the network says, why at each level, and why not something else."""
    tree, threshold = case.bundle.hierarchy, case.bundle.config.threshold
    said = words.sentence(case.explanation, tree, threshold, lambda name: f"**{plain(name)}**")
    slides = [
        Slide("What is this?", "", lambda: _alone(case)),
        Slide("The network says", said, lambda: disk(case)),
        *_steps(case),
    ]
    second = case.explanation.runner_up
    if second and second.evidence:
        slides.append(Slide(f"Why not {_name(case, second)}?", "", lambda: why_not_pieces(case)))
    return slides


def tour(flat: Bundle, tied: Bundle) -> list[Slide]:
    """Three minutes over Pantomime: its causes, the evidence, whether the one is the other, and where it fails."""
    right, failure = (_lesson(lessons([tied]), name) for name in ("It is right", "A failure"))
    apart = _lesson(lessons([flat, tied]), "They differ")
    case = right and explained(tied, Choice(right.row.explanation.video, right.row.label))
    slides = [Slide("A world whose causes are known", _WORLD, _world)]
    if case:
        slides += [
            Slide("The network goes from broad to narrow", _NARROW, lambda: _beside(case)),
            *_steps(case),
            Slide("Is that really the cause?", _CAUSE, lambda: _causes(case)),
        ]
    slides.append(Slide("The answer grows with what is seen", "", lambda: story_section(tied)))
    if apart:
        slides.append(Slide("A flat network has one reason, the tree three", "", lambda: _apart(flat, tied, apart)))
    if failure:
        slides.append(Slide("It fails, and shows how", plain(failure.why), lambda: _failure(tied, failure)))
    slides.append(Slide("And over all test clips?", _ALL, lambda: over_the_test_set([flat, tied])))
    slides.append(Slide("Now yours", "Every picture here came from pages that take any clip, also your own.", _yours))
    return slides


_WORLD = (
    "Pantomime: 36 actions, rendered as real videos. The broad kind shows in the setting, the narrower one in surface"
    " and apparatus, the action in its object and its motion. So it is known, pixel by pixel, why a clip is what it is."
)
_NARROW = "At each level it compares pieces of this clip with pieces of training clips, its prototypes."
_CAUSE = "The line goes round the true cue of each level; the heat is what the network looked at."
_ALL = "Whatever a single clip suggests, this is what was measured."


def _steps(case: Case) -> list[Slide]:
    """A slide for each level: the clip with the heat of its strongest piece, and the pair."""

    def slide(level: LevelExplanation) -> Slide:
        name = _name(case, level)
        title = f"Why {name}?"
        return Slide(title, words.without_own(level, name), lambda: _step(case, level))

    return [slide(level) for level in case.explanation.levels if level.evidence]


def _step(case: Case, level: LevelExplanation) -> None:
    player, pair = st.columns([4, 7], gap="medium")
    with player:
        clip_player(case, level, heated=True)
    with pair:
        best_piece(case, level)


def _alone(case: Case) -> None:
    _, middle, _ = st.columns([3, 5, 3])
    with middle:
        play(case, [], 0, False)


def _beside(case: Case) -> None:
    player, said = st.columns([4, 6], gap="large")
    with player:
        clip_player(case)
    with said:
        glance(case, case.bundle.config.threshold, "tour")


def _world() -> None:
    """The picture of all actions in two halves side by side: as a whole it would be higher than a screen."""
    if not PICTURE.is_file():
        return
    with Image.open(PICTURE) as whole:
        middle = whole.height // 2  # between two families
        halves = [whole.crop((0, top, whole.width, top + middle)) for top in (0, middle)]
    for column, half in zip(st.columns(2, gap="small"), halves, strict=True):
        column.image(half, width="stretch", alt="Two frames of each of 18 actions, one family a row")


def _causes(case: Case) -> None:
    truth = known(case)
    if truth:
        true_cues(case, truth)
    else:
        st.info("The truth of this clip is not on this machine.")


def _apart(flat: Bundle, tied: Bundle, lesson: Lesson) -> None:
    choice = Choice(lesson.row.explanation.video, lesson.row.label)
    cases = [explained(bundle, choice) for bundle in (flat, tied)]
    if None in cases:
        return
    difference(cases, tied.config.threshold)
    for column, case in zip(st.columns(2, gap="large"), cases, strict=True):
        with column:
            st.caption(plain(name_of(case.bundle.folder)))
            glance(case, case.bundle.config.threshold, f"tour {name_of(case.bundle.folder)}")


def _failure(bundle: Bundle, lesson: Lesson) -> None:
    case = explained(bundle, Choice(lesson.row.explanation.video, lesson.row.label))
    if case:
        player, said = st.columns([4, 6], gap="large")
        with player:
            clip_player(case)
        with said:
            answer(case, bundle.config.threshold)
            glance(case, bundle.config.threshold, "failure")


def _yours() -> None:
    with st.container(key="onwards"):  # as large as what is said, see `slides`
        for page, label in PAGES:
            st.page_link(f"pages/{page}.py", label=label, icon=":material/arrow_forward:")


def _lesson(found: Sequence[Lesson], name: str) -> Lesson | None:
    return next((lesson for lesson in found if lesson.name == name), None)


def _name(case: Case, level: LevelExplanation) -> str:
    return plain(words.display(case.bundle.hierarchy, level.node))
