"""Clips of twins: siblings of one pose, with the same props in the same scene, that differ in what moves alone.

Two pairs of which the whole body moves, to the side or up and down. Clips are short windows, rendered at several
displacements a frame (`spec.Difficulty`): at each the same clip but for how fast it goes. Nuisances that have nothing
to do with motion are left out, and the camera stands still, so that small networks learn from few clips. What was
rendered is kept, a file a look: all clips that share one. No look is on two sides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from hprotopnet.data.pictures import centre_crop, resize_shape
from hprotopnet.errors import InputError
from hprotopnet.files import atomic_write
from hprotopnet.pantomime.crew import in_processes
from hprotopnet.pantomime.look import look_of
from hprotopnet.pantomime.rendering import paint_backdrop, places, render
from hprotopnet.pantomime.spec import Difficulty, Spec, clip_spec
from hprotopnet.pantomime.stage import FPS, HEIGHT

PAIRS = (("Skiing", "Snowboarding"), ("PullUps", "Swinging"))
LABELS = tuple(label for pair in PAIRS for label in pair)
STEP, AROUND = 2, 2  # a network looks at every second frame of 25 a second, hourglasses at two before and behind it
PLAIN = Difficulty(hidden=0, close=0, passers=0, strays=0, shake=0, pan=0, noise=8)


@dataclass(frozen=True)
class Asked:
    """Which clips: how many looks a side, each with a clip of each of `LABELS` at each displacement.

    Attributes:
        moments: frames that a network looks at.
        size: of a frame as it is kept, in pixels; crops are smaller.
    """

    seed: int = 0
    train: int = 56
    validation: int = 12
    test: int = 40
    displacements: tuple[float, ...] = (1.0, 3.0)
    moments: int = 8
    size: int = 64

    @property
    def looks(self) -> dict[str, range]:
        """Numbers of looks, by side."""
        ends = np.cumsum([1, self.train, self.validation, self.test]).tolist()
        return {side: range(*ends[i : i + 2]) for i, side in enumerate(("train", "validation", "test"))}

    @property
    def frames(self) -> int:
        """That are rendered of a clip: all that a network looks at, and the neighbours of each."""
        return (self.moments - 1) * STEP + 1 + 2 * AROUND


def specs(asked: Asked, look: int) -> dict[str, tuple[Spec, ...]]:
    """What is drawn of a look: by class, one at each displacement."""
    return {
        label: tuple(
            clip_spec(asked.seed, label, look, 1, replace(PLAIN, displacement=own)) for own in asked.displacements
        )
        for label in LABELS
    }


def rendered(look: int, asked: Asked) -> np.ndarray:
    """All clips of a look, uint8 of shape (displacements, classes, frames, S, S, 3)."""
    found = []
    for label, drawn in specs(asked, look).items():
        del label
        backdrop = paint_backdrop(drawn[0], look_of(asked.seed, look))
        found.append([_clip(spec, asked, backdrop) for spec in drawn])
    return np.asarray(found).swapaxes(0, 1)


def _clip(spec: Spec, asked: Asked, backdrop: object) -> list[np.ndarray]:
    return [_small(own.image, asked.size) for own in render(spec, frames=_numbers(spec, asked), backdrop=backdrop)]


def _small(image: np.ndarray, size: int) -> np.ndarray:
    shape = resize_shape(image.shape[1], image.shape[0], size)
    return centre_crop(np.asarray(Image.fromarray(image).resize(shape, Image.BILINEAR)), size)


def _numbers(spec: Spec, asked: Asked) -> range:
    """Frames in the middle of a clip."""
    first = (round(spec.seconds * FPS) - asked.frames) // 2
    return range(first, first + asked.frames)


def render_all(asked: Asked, folder: Path, workers: int = 1) -> None:
    """Render what does not lie in `folder` yet, a file a look."""
    wanted = [look for looks in asked.looks.values() for look in looks if not path_of(folder, look).exists()]
    jobs = in_processes(partial(rendered, asked=asked), wanted, workers)
    for look, clips in tqdm(jobs, total=len(wanted), desc="clips", unit="look", delay=2):
        with atomic_write(path_of(folder, look)) as temporary:
            np.save(temporary, clips, allow_pickle=False)


def path_of(folder: Path, look: int) -> Path:
    """Where the clips of a look lie."""
    return folder / f"look{look:03d}.npy"


def kept(asked: Asked, folder: Path, side: str, displacement: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Clips (n, frames, S, S, 3) of a side, the number of each one's class in `LABELS`, and its look.

    Raises `InputError` for a file that holds other clips.
    """
    looks = asked.looks[side]
    clips = np.stack([_read(path_of(folder, look), asked)[asked.displacements.index(displacement)] for look in looks])
    classes = np.tile(np.arange(len(LABELS)), len(looks))
    return clips.reshape(-1, *clips.shape[2:]), classes, np.repeat(np.asarray(looks), len(LABELS))


def _read(path: Path, asked: Asked) -> np.ndarray:
    """The clips of a look, mapped into memory."""
    shape = (len(asked.displacements), len(LABELS), asked.frames, asked.size, asked.size, 3)
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: holds no clips; remove it, and it is rendered again") from error
    if found.shape != shape or found.dtype != np.uint8:
        raise InputError(f"{path}: holds other clips than are asked for; give another folder")
    return found


def travel(asked: Asked, side: str = "test") -> list[float]:
    """How far the point of an actor that moves most gets from frame to frame, by displacement: mean over the clips of
    a side, in pixels of a frame as it is kept."""
    drawn = [own for look in asked.looks[side] for own in specs(asked, look).values()]
    return [float(np.mean([_travel(own[i], asked) for own in drawn])) for i in range(len(asked.displacements))]


def _travel(spec: Spec, asked: Asked) -> float:
    seen = _numbers(spec, asked)[AROUND : asked.frames - AROUND : STEP]
    points = np.asarray([list(places(spec, number / FPS).values()) for number in seen])  # (moments, joints, 2)
    far = np.linalg.norm(np.diff(points, axis=0), axis=2).mean(0).max()
    return far * asked.size / HEIGHT


def neighbours(moments: int, every: bool) -> Sequence[int]:
    """Numbers of the frames of a clip that a network is given: one a moment, or `every` with its neighbours."""
    around = range(-AROUND, AROUND + 1) if every else (0,)
    return [AROUND + STEP * moment + offset for moment in range(moments) for offset in around]
