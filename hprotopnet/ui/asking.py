"""Of whom page Attribution asks, about what, and by which methods: the network chosen above, or a published one.

Published networks know the 400 classes of Kinetics and no tree, see clips of their own lengths and sizes, and have no
prototypes. Each is shown the same moment of the same video, see `answering`.
"""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hprotopnet.attribution.attribution import Attribution, Rivals
from hprotopnet.attribution.methods import METHODS
from hprotopnet.attribution.networks import NETWORKS, Network
from hprotopnet.attribution.prototypes import of_explanation
from hprotopnet.bundles.bundle import Bundle
from hprotopnet.evaluation.evidence import CENTRED
from hprotopnet.hierarchy.tree import Hierarchy
from hprotopnet.models.labels import kinetics_labels
from hprotopnet.pantomime.truth import at_clip, load_truth
from hprotopnet.studies.films import network_identity
from hprotopnet.ui.answering import Answer, answering_of
from hprotopnet.ui.attributing import Making, Question, begun, makings_of, progress, signs
from hprotopnet.ui.backbone import backbone_ready, offer_fetching
from hprotopnet.ui.cases import Case, model_of
from hprotopnet.ui.clip import film
from hprotopnet.ui.links import pick, pick_some
from hprotopnet.ui.networks import BY_PATH, stamp_of
from hprotopnet.ui.text import plain
from hprotopnet.ui.truth import cue_masks, video_with_truth
from hprotopnet.ui.walk import choose_level
from hprotopnet.views import words
from hprotopnet.views.attributed import AMONG
from hprotopnet.views.attribution import Cue

ABOVE, STEP, ITS_OWN = "The network above", "That of the step", "What it answers itself"  # instead of a name
FIRST = ("Prototypes of the network", "Grad-CAM")  # methods to begin with, where there are prototypes
SHOWN = "prototypes are among the methods"  # key
MOST, LEAST = 4, 2  # methods side by side
STORED = "The video itself is not on this machine: only what is stored of it with the network above can be shown."
NEXT = 4  # classes that are told after the likeliest


class Posed(NamedTuple):
    """What is asked about a clip, and what there is of it.

    Attributes:
        question: of whom, about which pixels.
        name: of the target, as people know it.
        makings: a map of each method.
        ready: whether the network has all it needs; if not, it is offered.
        cautions: what is wrong with the video.
        cue: that can be laid over the clip.
        cue_said: whose it is, where it is not the target's.
        published: which network is asked, None for the one that is chosen above.
    """

    question: Question
    name: str
    makings: list[Making]
    ready: Callable[[], bool]
    cautions: list[str]
    cue: Cue | None
    cue_said: str
    published: Network | None = None

    @property
    def network(self) -> str:
        """What it is called in a sentence."""
        return self.published.title if self.published else "the network"


def pose(case: Case) -> Posed | None:
    """Let the user choose what is asked; None as long as the network that is asked has not answered."""
    head = st.container()
    network = choose_network()
    posed = _of_published(case, network, head) if network else _of_bundle(case, head)
    if posed is None:
        head.subheader(f"What does {plain(network.title)} say?", anchor=False)
    return posed


def choose_network() -> Network | None:
    """Let the user choose whose answer is asked about: a published network, or None for the one chosen above."""
    titles = {own.title: own for own in NETWORKS.values()}
    options = [ABOVE, *titles]
    return titles.get(pick(st.selectbox, "Whose answer?", options, "whose", "network", on_change=_bring_back))


def _bring_back() -> None:
    """Choose prototypes again with the network that has some: while they were no option, the choice was lost."""
    if st.session_state["whose"] == ABOVE and st.session_state.get(SHOWN):
        st.session_state["methods"] = [FIRST[0], *st.session_state.get("methods", ())]


# --- of the network that is chosen above ------------------------------------------------------------------------------


def _of_bundle(case: Case, head: DeltaGenerator) -> Posed:
    target = choose_target(case)
    bundle, tree = case.bundle, case.bundle.hierarchy
    name = words.display(tree, target)
    methods = choose_methods("" if bundle.prototypes else "This network has no prototypes.")
    if "prototypes" in methods and not any(own.node == target for own in bundle.prototypes):
        methods.remove("prototypes")
        st.caption(f":material/info: {_without_prototypes(bundle, name)}")
    signed, rivals = choose_signs(methods), choose_rivals(case, target)
    head.subheader(f"Why {plain(name)}{AMONG[rivals]}?", anchor=False)
    question = question_of(case, rivals)
    makings = makings_of(question, target, methods, signed)
    ready, cautions = partial(backbone_ready, [bundle]), words.cautions(case.explanation)
    return Posed(question, name, makings, ready, cautions, cue_of(case, target), _whose_cue(case, target))


def choose_target(case: Case) -> str:
    """Let the user choose a step of the path, or any node of the tree; returns its name."""
    hierarchy = case.bundle.hierarchy
    level = choose_level(case, on_change=_back_to_step)
    named = {words.display(hierarchy, node): node for node in hierarchy.nodes}
    chosen = pick(st.selectbox, "Or of any node", [STEP, *named], "target", "node")
    return named.get(chosen, level.node)


def choose_rivals(case: Case, target: str) -> Rivals:
    """Whether the node is asked about against its siblings alone, given its parent, or against everything else."""
    tree = case.bundle.hierarchy
    parent = tree.parents[tree.index(target)]
    if parent < 0:  # at the top nothing else is given
        return "all"
    above = plain(words.display(tree, tree.nodes[parent]))
    alone = st.toggle(
        f"Given {above}, against its siblings alone",
        key="siblings",
        bind="query-params",
        help=f"Otherwise against everything else at once: then what speaks for {above} speaks for it, too. The map of"
        " prototypes is the same either way.",
    )
    return "siblings" if alone else "all"


def _back_to_step() -> None:
    st.session_state["target"] = STEP


def _without_prototypes(bundle: Bundle, name: str) -> str:
    """Why there is no map of the prototypes of a node, in a sentence."""
    tree = bundle.hierarchy
    own = {tree.level_names[tree.levels[tree.index(one.node)]] for one in bundle.prototypes}
    having = ", ".join(plain(level.capitalize()) for level in tree.level_names if level in own)
    return (
        f"There is no map of prototypes of {plain(name)}: in this network only nodes of the level “{having}” have some."
        " Choose one of those, or another method."
    )


def question_of(case: Case, rivals: Rivals = "all") -> Question:
    """A network of this project and the clip of a case; `rivals` of nodes as in `PrototypeSubject`."""
    told = case.explanation
    rows = [row for level in told.levels for row in level.evidence]
    return Question(
        network=_identity(case.bundle) if rivals == "all" else f"{_identity(case.bundle)} {rivals}",
        video=told.video,
        clip=case.bundle.config.clip,
        images=case.images,
        times=told.times,
        film=film(case),
        subject=partial(_subject, case.bundle, rivals),
        absence=partial(_absence, case.bundle),
        told=partial(_told, case),
        grid=told.grid,
        offset=rows[0].offset if rows else CENTRED,
        passing=case.choice.content is not None,
    )


def _subject(bundle: Bundle, rivals: Rivals):
    from hprotopnet.attribution.subject import PrototypeSubject

    return PrototypeSubject(model_of(bundle), bundle.config.clip, bundle.name, rivals)


def _absence(bundle: Bundle) -> str:
    from hprotopnet.models.backbones.weights import absence

    stored = bundle.config.stores_backbone or not absence(bundle.config.model.backbone)
    return "" if stored else "the backbone of the network is not on this machine; fetch it here"


def _told(case: Case, target: str) -> Attribution | None:
    """The map of the prototypes of a step of the explanation, which holds it."""
    level = next((own for own in case.explanation.levels if own.node == target), None)
    return level and of_explanation(level, case.images.shape[:3], case.bundle.name)


def _identity(bundle: Bundle) -> str:
    return _hash(bundle.folder, stamp_of(bundle.folder), bundle)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_PATH)
def _hash(folder: Path, stamp: int, _bundle: Bundle) -> str:
    return network_identity(_bundle)


def cue_of(case: Case, target: str) -> Cue | None:
    """The true cue of the level of a node in this clip, where it is known."""
    video, hierarchy = video_with_truth(case), case.bundle.hierarchy
    if video is None:
        return None
    level = hierarchy.levels[hierarchy.index(target)]
    return _cue(hierarchy, level, cue_masks(case, video))


def _cue(hierarchy: Hierarchy, level: int, masks: np.ndarray) -> Cue:
    bit = hierarchy.depth - 1 - level
    return Cue(hierarchy.level_names[level].capitalize(), (masks >> bit & 1).astype(bool))


def _whose_cue(case: Case, target: str) -> str:
    tree = case.bundle.hierarchy
    if not case.truth or target in [tree.nodes[node] for node in tree.lineage[tree.index(case.truth)]]:
        return ""
    shown = plain(words.display(tree, case.truth))
    return f"It is that of what the clip shows, {shown}, not of the node that is asked about."


# --- of a published network -------------------------------------------------------------------------------------------


def _of_published(case: Case, network: Network, head: DeltaGenerator) -> Posed | None:
    about = f"It knows the {len(kinetics_labels())} classes of Kinetics and no tree. {network.about}"
    label = pick(
        st.selectbox, "Which of its classes?", [ITS_OWN, *kinetics_labels()], "answer", "class", help=plain(about)
    )
    methods = choose_methods(f"{network.title} has no prototypes.")
    both, video = choose_signs(methods), video_with_truth(case)
    level = choose_cue(case) if video else None
    answering = answering_of(case, network, video and video.path)
    ready = partial(weights_ready, network)
    if not answering.result:
        if begun([answering], ready):
            progress([answering])
        return None
    answer: Answer = answering.result
    target = answer.likeliest[0] if label == ITS_OWN else label
    with head:
        say(answer, target, network)
    makings = makings_of(answer.question, target, methods, both)
    cue = None if level is None else _cue_in(case, answer.question, level)
    cautions = [STORED] if case.stored and video is None else []
    cautions += words.cautions(answer.clip)
    return Posed(answer.question, target, makings, ready, cautions, cue, _whose_cue_for(case, network), network)


def say(answer: Answer, target: str, network: Network) -> None:
    """What is asked, what the network answers, how sure it is, and which classes come next."""
    st.subheader(f"Why {plain(target)}?", anchor=False)
    first, *others = answer.likeliest[: NEXT + 1]
    told = [f"**{plain(first)}**, {words.probability(answer.probability(first))}"]
    told += [f"{plain(label)} {words.probability(answer.probability(label))}" for label in others]
    st.markdown(f"{plain(network.title)} answers {told[0]}; then {', '.join(told[1:])}.")
    if target != first:
        sure = words.probability(answer.probability(target))
        st.markdown(
            f"{plain(target)} has {sure}, place {answer.likeliest.index(target) + 1} of {len(kinetics_labels())}."
        )


def weights_ready(network: Network) -> bool:
    """Whether a published network can be asked here; if not, the page says why, and offers to fetch it where it can."""
    from hprotopnet.attribution.networks import absence
    from hprotopnet.models.backbones.weights import PUBLISHED

    why = absence(network.name)
    if not why:
        return True
    said, known = f"{plain(network.title)}: {plain(why)}.", PUBLISHED.get(network.name)
    if known and not known.sha256:  # which nobody fetches by the way
        st.info(f"{said} No hash of it is published: `{known.command}` fetches it.", icon=":material/cloud_off:")
    elif os.environ.get("HPROTOPNET_OFFLINE", "0") not in ("", "0"):
        st.info(said, icon=":material/cloud_off:")
    else:
        offer_fetching([network.name], network.title, said)
    return False


def choose_cue(case: Case) -> int | None:
    """Let the user choose a level whose true cue is laid over the clip of a network that knows no levels, or none."""
    tree = case.bundle.hierarchy
    levels = {plain(own.level.capitalize()): tree.levels[tree.index(own.node)] for own in case.explanation.levels}
    return levels.get(pick(st.segmented_control, "True cue to lay over it", list(levels), "cue", "level"))


def _cue_in(case: Case, question: Question, level: int) -> Cue:
    """The cue of a level in the clip as another network sees it."""
    video, size = video_with_truth(case), question.images.shape[1]
    return _cue(case.bundle.hierarchy, level, _masks(case.key, question.times, size, video.path))


@st.cache_data(scope="session", max_entries=4, show_spinner=False)
def _masks(key: tuple[str, ...], times: tuple[float, ...], size: int, _video: Path) -> np.ndarray:
    return at_clip(load_truth(_video), times, size)


def _whose_cue_for(case: Case, network: Network) -> str:
    known = case.truth and plain(words.display(case.bundle.hierarchy, case.truth))
    of_what = f"of what the clip shows, {known}" if known else "of what the clip shows"
    return f"{plain(network.title)} knows the classes of Kinetics and no such level: the cue is that {of_what}."


# --- of either --------------------------------------------------------------------------------------------------------


def choose_methods(no_prototypes: str) -> list[str]:
    """Let the user choose what is shown side by side; returns names of methods, at most `MOST`.

    Args:
        no_prototypes: why none can be shown, as a sentence; empty where they can.
    """
    titles = {own.title: own.name for own in METHODS.values() if not (own.prototypes_only and no_prototypes)}
    order = [name for name in FIRST if name in titles] + [name for name in titles if name not in FIRST]
    chosen = pick_some(st.pills, "Methods", order, "methods", order[:LEAST], selection_mode="multi", wrap=True)
    if no_prototypes:
        st.caption(f":material/info: {plain(no_prototypes)}")
    else:
        st.session_state[SHOWN] = FIRST[0] in chosen
    if len(chosen) > MOST:
        st.caption(f":material/info: The first {MOST} are shown.")
    return [titles[name] for name in chosen[:MOST]]


def choose_signs(methods: Sequence[str]) -> bool:
    """Whether to show what speaks against the target, too, where a method can say it."""
    return any(map(signs, methods)) and st.toggle(
        "Also what speaks against it", key="against", bind="query-params", help="Drawn in blue and hatched."
    )
