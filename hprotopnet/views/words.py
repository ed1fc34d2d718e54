"""Explanations in words: numbers as people read them, the answer at any threshold, and how far off a mistake is."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import Clip
from hprotopnet.evaluation.metrics import wilson_interval
from hprotopnet.explain.explanation import Explanation, LevelExplanation, PrototypeEvidence
from hprotopnet.explain.shares import share
from hprotopnet.hierarchy.backoff import back_off
from hprotopnet.hierarchy.tree import Hierarchy

FEW_VIDEOS = 30  # with fewer a share in percent says more than is known
SHORT = 0.1  # seconds of a stretch that is a moment: no digit that is shown tells its ends apart
HELD = 0.5  # seconds of one frame from which on it is said that a clip stands still
UNLIKE = "Unlike anything this network was trained on"
NO_TIME = "No temporal localisation: this network's feature grid has a single step in time."


def probability(value: float) -> str:
    """In percent, and never a certainty that was only rounded."""
    return "over 99 %" if value > 0.995 else "under 1 %" if value < 0.005 else f"{100 * value:.0f} %"


def change(value: float) -> str:
    """By how much a probability changed."""
    return "unchanged" if abs(value) < 0.005 else f"{100 * value:+.0f} points"


def percent(share: float) -> str:
    """A share with its sign, and a decimal where it is small."""
    return f"{100 * share:+.{0 if abs(share) >= 0.0995 else 1}f} %"


def weight(contribution: float, speaking: float | None) -> str:
    """A contribution as a share of all that speaks for the node, or as it is where nothing does or nobody knows."""
    part = share(contribution, speaking)
    return f"{contribution:+.2f}" if part is None else percent(part)


def weighed(contribution: float, level: LevelExplanation, name: str, shown: Callable[[str], str] = str) -> str:
    """`weight` with what it is a share of.

    Args:
        name: of the level's node, as it is to stand in the text.
        shown: makes of the number what is to stand there, say bold.
    """
    of = "for" if share(contribution, level.speaking) is None else "of what speaks for"
    return f"{shown(weight(contribution, level.speaking))} {of} {name}"


def second(
    level: LevelExplanation, top: LevelExplanation, hierarchy: Hierarchy, shown: Callable[[str], str] = str
) -> str:
    """How the second likeliest class compares with the likeliest one, in two sentences.

    Args:
        shown: makes of a display name what is to stand in the text, say escaped.
    """
    name, versus = shown(display(hierarchy, level.node)), shown(rival(hierarchy, level))
    own, total = level.shares["own"], sum(level.shares.values())
    parts = (weight(value, level.speaking) for value in (own, total - own, total))
    height, _ = mistake(level.node, top.node, hierarchy)
    common = hierarchy.lineage[hierarchy.index(level.node), min(height, hierarchy.depth - 1)]
    shared = "no ancestor" if height == hierarchy.depth else shown(hierarchy.display[common])
    return (
        "{} comes second with {}; the two share {}. Its own prototypes speak for it with {}, all others with {}: {} in"
        " sum against {}."
    ).format(name, probability(level.probability), shared, *parts, versus)


def without_piece(level: LevelExplanation, row: PrototypeEvidence, name: str = "it") -> str:
    """How sure of a level's node the network would be without one prototype; empty where nobody knows.

    Args:
        name: of the node, as it is to stand in the text.
    """
    if row.probability_muted is None:
        return ""
    after, before = probability(row.probability_muted), probability(level.probability)
    if after == before:
        return f"Without this one piece {name} would be as sure: others say the same."
    return f"Without this one piece {name} would be {after} sure instead of {before}."


def without_own(level: LevelExplanation, name: str) -> str:
    """How sure of a node the network would be without the node's own prototypes, in one sentence.

    Args:
        name: of the node, as it is to stand in the text.
    """
    sure = probability(level.probability)
    if level.log_odds_muted is None:
        return f"{name} has no pieces of its own here: its probability is the sum of its classes'."
    after = probability(1 / (1 + math.exp(-level.log_odds_muted)))
    if after == sure:
        return "Without its own pieces it would be as sure: other nodes' pieces say the same."
    return f"Without its own pieces it would be {after} sure instead of {sure}."


def display(hierarchy: Hierarchy, name: str) -> str:
    """Name of a node as shown to people."""
    return hierarchy.display[hierarchy.index(name)]


def rival(hierarchy: Hierarchy, level: LevelExplanation) -> str:
    """Name of what the node of a level is compared with, as shown to people."""
    return display(hierarchy, level.rival) if level.rival in hierarchy.nodes else level.rival


def unlike(explanation: Explanation) -> str | None:
    """That a clip is like none of the training clips, and what that means; None where it is not known to be so."""
    if not explanation.unlike:
        return None
    return (
        f"{UNLIKE}: this clip looks less like its nearest training clip than nearly all clips held out to measure that."
        " Take the answer with a grain of salt; and even without this notice a clip may be a strange one."
    )


def cautions(explanation: Explanation | Clip) -> list[str]:
    """What is to be known of the video before anything is believed about it, a sentence each."""
    found = []
    if explanation.damage:
        found.append(f"The video is damaged: {explanation.damage}. Frames that are missing repeat the one before.")
    if explanation.held > HELD:
        found.append(f"One frame stands for {explanation.held:.1f} s of this clip: there is no movement to see in it.")
    return found


def notes(explanation: Explanation) -> list[str]:
    """All that is to be said with an answer: about the video, the network's ignorance, and when things happen."""
    unplaced = None if explanation.time_resolved else NO_TIME
    return [*cautions(explanation), *filter(None, [unlike(explanation), unplaced])]


def answer_at(explanation: Explanation, hierarchy: Hierarchy, threshold: float) -> str | None:
    """The back-off's answer at a threshold, from the stored probabilities; None is "not sure"."""
    node = back_off(np.array([explanation.probabilities[name] for name in hierarchy.nodes]), hierarchy, threshold)
    return hierarchy.nodes[node] if node >= 0 else None


def top_leaves(explanation: Explanation, hierarchy: Hierarchy, count: int = 2) -> tuple[str, ...]:
    """The likeliest leaves, the likeliest first."""
    return tuple(sorted(hierarchy.classes, key=lambda name: -explanation.probabilities[name])[:count])


def sentence(
    explanation: Explanation, hierarchy: Hierarchy, threshold: float, shown: Callable[[str], str] = str
) -> str:
    """What the network says, in one sentence that claims no more than the threshold allows.

    Args:
        shown: makes of a display name what is to stand in the text, say escaped or bold.
    """

    def part(name: str) -> str:
        return f"{shown(display(hierarchy, name))} ({probability(explanation.probabilities[name])})"

    answer, path = answer_at(explanation, hierarchy, threshold), explanation.path
    *above, leaf = (part(name) for name in path)
    if answer is None:
        return f"Not sure: nothing reaches {probability(threshold)}. The likeliest path is {', '.join([*above, leaf])}."
    if answer not in path:
        return f"{part(answer)}, but not sure which: the likeliest single class, {leaf}, lies elsewhere."
    if answer == path[-1]:
        return ", most likely ".join(filter(None, [_narrowed(above), leaf])) + "."
    kept = [part(name) for name in path[: path.index(answer) + 1]]
    first, *second = top_leaves(explanation, hierarchy)
    or_else = f", then {part(second[0])}" if second else ""
    return f"{_narrowed(kept)}, but not sure which: {part(first)}{or_else}."


def _narrowed(parts: list[str]) -> str:
    return ", more precisely ".join(parts)


def mistake(answer: str, truth: str, hierarchy: Hierarchy) -> tuple[int, str]:
    """Height of the lowest common ancestor of two leaves, 0 to L, and what it means."""
    one, other = hierarchy.index(answer), hierarchy.index(truth)
    height = int(hierarchy.leaf_heights[one, other])
    if height == 0:
        return 0, "right"
    if height == hierarchy.depth:
        return height, f"{height} of {hierarchy.depth} levels off: nothing in common"
    common = hierarchy.display[hierarchy.lineage[one, height]]
    return height, f"{height} of {hierarchy.depth} levels off: both are {common}"


def truth(
    label: str | None, explanation: Explanation, hierarchy: Hierarchy, shown: Callable[[str], str] = str
) -> tuple[str, str]:
    """The true class, "truth: Cello", and whether the likeliest class is it; two empty texts where it is not known.

    Args:
        label: the true class; one that the network does not know is as good as none.
        shown: makes of a display name what is to stand in the text, say escaped.
    """
    if label not in hierarchy.classes:
        return "", ""
    _, verdict = mistake(explanation.path[-1], label, hierarchy)
    return f"truth: {shown(display(hierarchy, label))}", f"The likeliest class is {shown(verdict)}."


def true_node(label: str | None, level: LevelExplanation, hierarchy: Hierarchy) -> str:
    """The true node of a level as shown to people; empty where the true class, `label`, is not known."""
    if label not in hierarchy.classes:
        return ""
    return hierarchy.display[hierarchy.lineage[hierarchy.index(label), hierarchy.level_names.index(level.level)]]


def few_videos(accuracy: float | None, videos: int) -> str | None:
    """How many of the test videos are right, and how little that says; None where there are enough of them.

    Args:
        accuracy: share of the videos that is right.
    """
    if videos == 0 or accuracy is None:
        return "No test video: nothing is known of how often it is right."
    if videos >= FEW_VIDEOS:
        return None
    right = round(accuracy * videos)
    low, high = wilson_interval(right, videos)
    return f"Few videos: {right} of {videos} videos are right, 95 % interval {100 * low:.0f} to {100 * high:.0f} %."


def calibration(fit: dict[str, Any] | None) -> str | None:
    """Whether the temperature was fitted, from a bundle's `temperature_fit`; None where the bundle does not say."""
    if fit is None:
        return None
    if fit["fitted"]:
        return f"Temperature fitted on {fit['clips']} validation clips."
    return (
        f"Probabilities are not calibrated: {fit['clips']} validation clips of {fit['groups']} groups are too few to"
        " fit the temperature, which stays as in training."
    )


def how_calibrated(error: float | None, fit: dict[str, Any] | None) -> str:
    """Calibration error, 0 to 1, and `calibration`, in sentences; empty where nothing is known."""
    told = [calibration(fit)]
    if error is not None:
        told.insert(0, f"Probabilities and the share that is right differ by {100 * error:.1f} % on average.")
    return " ".join(filter(None, told))


def peak_time(evidence: PrototypeEvidence, times: Sequence[float], clip: ClipConfig | None = None) -> float:
    """When a prototype is strongest, in seconds: the middle of what its cell sees, within the clip.

    Args:
        clip: how it is cut; where that is by segments the time is one at which a frame was seen.
    """
    if clip and clip.per_segment:
        return float(times[_nearest_frame(evidence, len(times))])
    return float(np.interp(evidence.moment * len(times) - 0.5, np.arange(len(times)), times))


def strongest(evidence: PrototypeEvidence, times: Sequence[float], clip: ClipConfig) -> str:
    """When a prototype is strongest, in words; by segments in which frame, since frames lie far apart."""
    when = f"at {peak_time(evidence, times, clip):.1f} s"
    if not clip.per_segment:
        return f"strongest {when}"
    return f"strongest in frame {_nearest_frame(evidence, len(times)) + 1} of {len(times)}, {when}"


def _nearest_frame(evidence: PrototypeEvidence, frames: int) -> int:
    return min(max(round(evidence.moment * frames - 0.5), 0), frames - 1)


def between(begin: float, end: float) -> str:
    """A stretch of a video, "1.0 to 1.3 s", or the moment in its middle where it is too short to be told from one."""
    return f"{(begin + end) / 2:.1f} s" if end - begin < SHORT else f"{begin:.1f} to {end:.1f} s"


def span(explanation: Explanation) -> tuple[float, float]:
    """From when to when the explained part of the video lasts, in seconds."""
    times = explanation.times
    step = (times[-1] - times[0]) / max(len(times) - 1, 1)
    return times[0], times[-1] + step


def covered(explanation: Explanation, clip: ClipConfig) -> str:
    """Which part of its video is explained: "seconds 1.0 to 2.3", or of segments what is seen of it, see `moments`."""
    begin, end = span(explanation)
    return moments(explanation.times, clip) or f"seconds {begin:.1f} to {end:.1f}"


def moments(times: Sequence[float], clip: ClipConfig, digits: int = 1) -> str:
    """That a clip is a number of moments of a video and nothing in between, and when; empty where it is a window."""
    if not clip.per_segment:
        return ""
    each = f" of {clip.per_segment} frames each," if clip.per_segment > 1 else ""
    return f"{many(clip)}{each} spread over seconds {times[0]:.{digits}f} to {times[-1]:.{digits}f}"


def taken(start: float, times: Sequence[float], clip: ClipConfig) -> str:
    """Which part of a video a clip is, to the frame: "from 1.00 to 2.28 s", or of segments what it shows of it."""
    shown = moments(times, clip, 2)
    return f"in {shown}" if shown else f"from {start:.2f} to {start + clip.span:.2f} s"


def many(clip: ClipConfig) -> str:
    """How many moments a clip by segments shows."""
    return "1 moment" if clip.segments == 1 else f"{clip.segments} moments"


def sees(clip: ClipConfig) -> str:
    """What a network sees of a window of a film, in a sentence; empty where that is all of it."""
    return f"Of each window it sees {many(clip)}, evenly spread over it." if clip.per_segment else ""


def speed(clip: ClipConfig, every: int, seconds: float, whose: str) -> str:
    """How fast a clip plays of which some frames are shown for some seconds each: "at 50 % of its speed".

    Args:
        every: which frames are shown, every so many.
        whose: speed it is, "its" or "their".
    """
    if clip.per_segment:
        return "one moment after the other, however far apart they are"
    return f"at {100 * every / clip.fps / seconds:.0f} % of {whose} speed"
