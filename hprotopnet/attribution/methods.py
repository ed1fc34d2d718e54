"""All methods of attribution by name, and the one verb that asks any of them about a clip.

Loading this loads neither torch nor captum, so that pages can list methods at once. A new method is a file of this room
(see `method`) and an entry here.
"""

from dataclasses import asdict, fields
from difflib import get_close_matches
from time import perf_counter
from typing import TYPE_CHECKING, Any

from hprotopnet.attribution.attribution import Attribution
from hprotopnet.attribution.method import Method, Step
from hprotopnet.errors import InputError
from hprotopnet.files import visible
from hprotopnet.structure import structure

if TYPE_CHECKING:
    from hprotopnet.attribution.subject import Subject
    from hprotopnet.data.clips import Clip

METHODS: dict[str, Method] = {
    "gradients": Method(
        "gradients",
        "Gradients",
        "Which pixels would change the score most if they grew a little brighter or darker?",
        "It knows of tiny changes only, jumps from pixel to pixel, and its sign is that of a change of brightness; "
        "with prototypes it sees through one cell for each.",
        "gradients",
        captum=True,
    ),
    "gradient_input": Method(
        "gradient_input",
        "Gradient x input",
        "Which pixels hold what the score grows with, were the network linear around this clip?",
        "Networks are not linear, and pixels of the grey that stands for nothing get nothing, whatever they show.",
        "gradient_input",
        captum=True,
    ),
    "integrated": Method(
        "integrated",
        "Integrated gradients",
        "What does each pixel add to the score on the way from a black clip to this one?",
        "Dark pixels get nothing, however much they matter, and the clips on the way are like none that it was trained "
        "on; look at delta, by how much it misses the sum.",
        "integrated",
        captum=True,
    ),
    "smooth": Method(
        "smooth",
        "SmoothGrad",
        "Which pixels would change the score most, on average over noisy copies of the clip?",
        "What it averages is said about noisy clips, which may be answered otherwise than this one.",
        "smooth",
        captum=True,
    ),
    "gradcam": Method(
        "gradcam",
        "Grad-CAM",
        "Where does the clip show features that raise the score?",
        "It tells no more places apart than the grid has cells, and a cell has seen far beyond its place; with "
        "prototypes, a time step where none is nearest stays empty.",
        "gradcam",
        captum=True,
    ),
    "prototypes": Method(
        "prototypes",
        "Prototypes of the network",
        "Where does the clip show what the prototypes of this node look for, each as much as it counts?",
        "It tells what the network compares, not what made the compared features; and where other nodes' prototypes "
        "decide (own is far from all), it shows little of the reason.",
        "prototypes",
        prototypes_only=True,
    ),
    "ep2d": Method(
        "ep2d",
        "2D-EP",
        "Which share of every frame, kept while the rest is blurred, keeps the answer?",
        "Every frame must give as much, also one that does not matter; and the clip with the rest blurred is like none "
        "that the network was trained on: look at the probability that is preserved.",
        "ep2d",
    ),
    "ep3d": Method(
        "ep3d",
        "3D-EP",
        "Which share of the clip, in whichever frames, kept while the rest is blurred, keeps the answer?",
        "Another mask may keep it as well, and parts of an object may do for all of it; masks may flicker from frame "
        "to frame. Look at the probability that is preserved.",
        "ep3d",
    ),
    "step": Method(
        "step",
        "STEP",
        "Which share of the clip, as few bodies in space and time, kept while the rest is blurred, keeps the answer?",
        "Bodies of some frames and pixels may be larger than what matters, and another mask may keep the answer as "
        "well. Look at the probability that is preserved.",
        "step",
    ),
}


def attribute(
    subject: "Subject", clip: "Clip", target: str, method: str, progress: Step | None = None, **settings: Any
) -> Attribution:
    """How much each pixel of a clip bears on a target, by a method of `METHODS`.

    The subject is not changed, so that one serves many threads.

    Args:
        progress: called with the share that is done, 0 to 1; what it raises ends the work, and is raised here.
        settings: of the method, where they are to differ from its defaults.

    Raises `InputError` with what comes near for a method, a setting or a target that is not known, and where the method
    makes no sense for the subject or the target.
    """
    import torch

    from hprotopnet.attribution.alone import alone
    from hprotopnet.attribution.subject import undisturbed

    own, column, step = find_method(method), subject.index(target), progress or (lambda share: None)
    chosen = choose_settings(own, settings)
    if own.captum:
        import captum.attr  # noqa: F401
    with torch.inference_mode(False), torch.enable_grad():
        private = alone(subject)
        with undisturbed(private):
            inputs, begun = private.inputs(clip.images), perf_counter()
            found = own.function(private, inputs, column, chosen, step)
            seconds = perf_counter() - begun
            with torch.no_grad():
                logits = private.logits(inputs)
                said = private.scores_of(logits), private.log_probabilities_of(logits)
                score, sure = (float(own[0, column]) for own in said)
    step(1.0)
    return Attribution(
        method=own.name,
        network=subject.name,
        target=target,
        values=found.values.astype("float32"),
        signed=found.signed,
        resolution=found.resolution,
        settings={name: list(own) if isinstance(own, tuple) else own for name, own in asdict(chosen).items()},
        seconds=seconds,
        score=score,
        log_probability=sure,
        figures=found.figures,
        rivals=subject.rivals,
    )


def find_method(name: str) -> Method:
    """The method of a name; raises `InputError` with what comes near."""
    if name not in METHODS:
        raise InputError(f"no method is called {_said(name)}; {_near(name, METHODS)}")
    return METHODS[name]


def choose_settings(method: Method, given: dict[str, Any]) -> Any:
    """Settings of a method, the defaults where nothing is given; raises `InputError` for what is not known or unfit."""
    known = [field.name for field in fields(method.settings)]
    for name in given:
        if name not in known:
            raise InputError(f"{method.name} has no setting {_said(name)}; {_near(name, known)}")
    return structure(given, method.settings, f"settings of {method.name}", "give another value")


def _near(name: str, known: Any) -> str:
    near = get_close_matches(name[:100], known, n=1)
    return (f"did you mean {near[0]!r}? " if near else "") + f"known: {', '.join(known) or 'none'}"


def _said(name: str) -> str:
    return f"'{visible(name[:100])}'"
