"""What published networks say of a clip, found behind the page: each reads the same moment of the video its own way."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st

from hprotopnet.attribution.networks import Network, absence, open_network
from hprotopnet.config import ClipConfig
from hprotopnet.data.clips import Clip, begun_at, covered
from hprotopnet.data.dataset import read_clips
from hprotopnet.models.labels import kinetics_labels
from hprotopnet.ui.attributing import Once, Question, let_go
from hprotopnet.ui.cases import Case, showcase_of
from hprotopnet.views.film import film_of_clip
from hprotopnet.views.words import span

ANSWERINGS = "published networks that were asked"  # key
MOST_HELD = 3  # in the memory of a session; a clip of I3D's takes 5 MB


@dataclass(frozen=True, eq=False)
class Answer:
    """What a published network says of a clip.

    Attributes:
        question: the network, and the clip as it sees it.
        clip: the same clip, with what is wrong with its video.
        probabilities: of each of its classes, in the order of `kinetics_labels`.
    """

    question: Question
    clip: Clip
    probabilities: np.ndarray

    @property
    def likeliest(self) -> list[str]:
        """All classes, the likeliest first."""
        return [kinetics_labels()[place] for place in np.argsort(-self.probabilities, kind="stable")]

    def probability(self, label: str) -> float:
        """Of a class."""
        return float(self.probabilities[kinetics_labels().index(label)])


class Answering(Once):
    """A published network that reads a clip and answers; its result is an `Answer`.

    Attributes:
        case: whose moment is read.
        network: which is asked.
        video: where the clip was cut from, None where nobody knows but the choice itself.
    """

    def __init__(self, key: str, case: Case, network: Network, video: Path | None):
        super().__init__(network.title, key)
        self.case, self.network, self.video = case, network, video

    def _found(self) -> Answer:
        import torch

        self._check_there(absence(self.network.name))
        subject = subject_of(self.network.name)
        clip = moment_of(self.case, self.network, self.video)
        self._check()
        with torch.inference_mode():
            said = subject.log_probabilities(subject.inputs(clip.images))[0].exp()
        return Answer(self._question(clip), clip, said.numpy())

    def _question(self, clip: Clip) -> Question:
        from hprotopnet.attribution.gradcam import offset

        own, subject = self.network, subject_of(self.network.name)
        deciding = (own.name, subject.net.weights_id, own.clip, own.layer, subject.normalisation)
        return Question(
            network=hashlib.sha256(repr(deciding).encode()).hexdigest()[:24],
            video=clip.video,
            clip=own.clip,
            images=clip.images,
            times=tuple(clip.times.tolist()),
            film=film_of_clip(clip.images, own.clip, clip.times),
            subject=partial(subject_of, own.name),
            absence=partial(absence, own.name),
            told=lambda target: None,
            grid=subject.net.grid(own.clip.frames, own.clip.size),
            offset=offset(subject.grid),
            passing=self.case.choice.content is not None,
        )


def answering_of(case: Case, network: Network, video: Path | None) -> Answering:
    """A published network that is asked about a clip, as far as this session has it; it begins by itself.

    Args:
        video: from which a stored clip was cut, where that is known.
    """
    held: dict[str, Answering] = st.session_state.setdefault(ANSWERINGS, {})
    key = " ".join((network.name, *case.key))
    found = held.pop(key, None) or Answering(key, case, network, video)
    held[key] = found  # the last of all: the first is let go first
    let_go(held, [found], MOST_HELD)
    return found


def moment_of(case: Case, network: Network, video: Path | None) -> Clip:
    """The clip of a network about the middle of what the case shows, within the video; its name is that of the case.

    Of a stored clip whose video lies nowhere, what is stored of it is all that there is.
    """
    begin, end = span(case.explanation)
    with _source(case, video) as (path, before):
        starts = partial(_starts, (begin + end) / 2 - before, network.clip)
        [clip] = read_clips(path, starts, network.clip)
    return clip._replace(video=case.explanation.video, start=clip.start + before, times=clip.times + before)


def _starts(middle: float, clip: ClipConfig, duration: float) -> Sequence[float]:
    """Where the one clip about a moment starts that does not reach beyond the video, unless it is too long."""
    span = covered(duration, clip)
    return (begun_at(max(0.0, min(middle - span / 2, duration - span)), duration, clip),)


@contextmanager
def _source(case: Case, video: Path | None) -> Iterator[tuple[Path, float]]:
    """The video of a case, and how many seconds of it were cut away in front."""
    if video is not None:
        yield video, 0.0
    elif case.stored:
        yield stored_part(case), case.explanation.times[0]
    else:
        with case.choice.file() as path:
            yield path, 0.0


def stored_part(case: Case) -> Path:
    """What is stored of a clip with its network."""
    return next(row.clip for row in showcase_of(case.bundle) if row.told.video == case.choice.video)


@st.cache_resource(max_entries=2, show_spinner=False)  # threads behind the pages ask
def subject_of(name: str):
    """A published network, shared."""
    return open_network(name, progress=False)
