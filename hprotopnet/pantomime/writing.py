"""A data set of rendered videos in the layout of UCF-101, with the truth beside every video.

OUT/Rafting/v_Rafting_g01_c01.mp4       a clip of class, group and number, and .truth.npz
OUT/classInd.txt, trainlist01.txt, testlist01.txt
OUT/films/stories/story_001.mp4         reveal stories, truth likewise
OUT/films/untrimmed/untrimmed_001.mp4   untrimmed videos
OUT/films/segments.csv                  video,start,stop,class: what is acted in the films, and when (seconds)
OUT/films/untrimmed.json                the same of untrimmed videos in ActivityNet's form, with the side of each
OUT/films/untrimmed-atoms.json          and the motion primitives it is made of
OUT/pantomime.json                      what all of it was drawn from
"""

import csv
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from hprotopnet.data.splits import TEST_GROUPS
from hprotopnet.data.video import write_video
from hprotopnet.errors import InputError
from hprotopnet.files import atomic_write, check_writable, read_json, write_json
from hprotopnet.pantomime.annotating import Shown, write_annotations
from hprotopnet.pantomime.crew import in_processes
from hprotopnet.pantomime.rendering import render
from hprotopnet.pantomime.spec import NORMAL, Difficulty, Spec, clip_spec, tree
from hprotopnet.pantomime.stage import CUES, FPS
from hprotopnet.pantomime.stories import is_tested, story
from hprotopnet.pantomime.stories import untrimmed as untrimmed_video
from hprotopnet.pantomime.truth import SEEN, TruthWriter, load_summary, truth_path
from hprotopnet.writers import sole_writer

VERSION = 1  # of what the same seed looks like; raise it when that changes
GROUPS = tuple(f"g{number:02d}" for number in range(1, 26))
MANIFEST = "pantomime.json"
UNTRIMMED = "films/untrimmed"


class Job(NamedTuple):
    """A video to write: its path below the folder, without suffix, and what draws its shots."""

    name: str
    draw: Callable[[], tuple[Spec, ...]]


class Written(NamedTuple):
    """What became of a job.

    Attributes:
        fresh: whether it was rendered now, or lay there already.
        frames: of the video.
        size: bytes of video and truth.
        seen: whether each of `stage.CUES` is seen, on average over the frames.
        segments: as in `truth.Truth`.
    """

    fresh: bool
    frames: int
    size: int
    seen: tuple[bool, ...]
    segments: tuple[tuple[float, float, str], ...]


def write_dataset(
    out: str | Path,
    seed: int,
    per_class: int,
    stories: int = 0,
    untrimmed: int = 0,
    classes: Sequence[str] | None = None,
    workers: int | None = None,
    again: bool = False,
    tests_only: bool = False,
    wait: bool = False,
    displacement: float = 1.0,
) -> dict[str, Any]:
    """Render a data set in several processes, and return its figures (JSON), see `describe`.

    Args:
        out: folder, new, empty, or of the same seed: videos that lie there finished are kept unless `again`, so that
            an interrupted run goes on and a set can grow. The list files name what was asked for last.
        seed: from which everything is drawn.
        per_class: clips a class, 0 for films alone, spread over the groups by `groups_of`; those of
            `splits.TEST_GROUPS` are tested on.
        stories, untrimmed: number of films of each kind.
        classes: names of classes, parents or grandparents to restrict it to; all by default.
        workers: processes, one a processor by default; with 1 all is done in this one.
        tests_only: spread the clips over the test groups alone, by `held_out_groups_of`.
        wait: for another process that writes there.
        displacement: of clips, see `spec.Difficulty`; films are as ever.

    Raises `InputError` for a name the tree does not have, where nothing is asked for, for a folder that is not empty or
    has another seed or displacement, and unless `wait` for one that another process writes.
    """
    out, labels = Path(out), _labels(classes)
    if not (per_class or stories or untrimmed):
        raise InputError(f"{out}: neither clips nor films are asked for; give --per-class, --stories or --untrimmed")
    about = {"version": VERSION, "seed": seed, "per_class": per_class, "classes": labels}
    about |= {"stories": stories, "untrimmed": untrimmed, "tests_only": tests_only}
    about |= {"displacement": displacement} if displacement != 1 else {}  # the usual one is not told: so it has been
    difficulty = replace(NORMAL, displacement=displacement)
    films = _films("stories/story", story, seed, stories)
    films += _films("untrimmed/untrimmed", untrimmed_video, seed, untrimmed)
    clips = [
        Job(clip_name(label, group, number), partial(_clip, seed, label, group, number, difficulty))
        for label in labels
        for group, number in (held_out_groups_of(per_class, label) if tests_only else groups_of(per_class))
    ]
    with sole_writer(out, wait):
        return about | _write(out, about, films, clips, workers or os.cpu_count() or 1, again)


def _write(
    out: Path, about: dict[str, Any], films: list[Job], clips: list[Job], workers: int, again: bool
) -> dict[str, Any]:
    """Everything in the folder; returns the figures that are not in `about`."""
    started = time.monotonic()
    _claim(out, about)
    # The longest come first, so that no process is left alone with one at the end.
    done = _write_all([*films, *clips], out, workers, again)
    _write_lists(out, about["classes"], [job.name for job in clips])
    if films:
        _write_segments(out, {job.name: done[job.name] for job in films})
        _write_untrimmed(out, [job for job in films if job.name.startswith(f"{UNTRIMMED}/")], done)
    write_json(out / MANIFEST, about | {"finished": True})
    return _figures(done, [job.name for job in clips], time.monotonic() - started)


def describe(figures: dict[str, Any]) -> Iterator[str]:
    """The figures of `write_dataset` as lines to read."""
    yield (
        f"{figures['clips']} clips of {len(figures['classes'])} classes, {figures['stories']} stories,"
        f" {figures['untrimmed']} untrimmed videos: {figures['minutes']:.1f} minutes, {figures['megabytes']:.1f} MB"
    )
    speed = f" ({figures['clips_per_minute']:.0f} videos a minute)" if figures["rendered"] else ""
    yield f"{figures['rendered']} rendered now{speed}, {figures['kept']} were there"
    if figures["clips"]:
        shares = ", ".join(f"{cue} {100 * share:.1f} %" for cue, share in figures["visible"].items())
        yield f"clips in which a cue is seen: {shares}"


def clip_name(label: str, group: int, number: int) -> str:
    """Path of a clip below its folder, without suffix, as UCF-101 spells it."""
    return f"{label}/v_{label}_{GROUPS[group - 1]}_c{number:02d}"


def groups_of(per_class: int) -> list[tuple[int, int]]:
    """Group and number, both from 1, of each clip of a class, sorted.

    Groups differ by one clip at most. What does not go into 25 is shared between test groups and the others as those
    are, 7 to 18, and a larger set holds every clip of a smaller one.
    """
    tests = [number for number, group in enumerate(GROUPS, start=1) if group in TEST_GROUPS]
    others = [number for number in range(1, len(GROUPS) + 1) if number not in tests]
    rounds, rest = divmod(per_class, len(GROUPS))
    tested = max(int(rest > 1), round(rest * len(tests) / len(GROUPS)))
    last = tests[:tested] + others[: rest - tested]
    return sorted((group, n) for group in tests + others for n in range(1, rounds + 1 + (group in last)))


def held_out_groups_of(per_class: int, label: str) -> list[tuple[int, int]]:
    """The same for a set of test clips alone; classes start at different groups, so that few clips show many looks."""
    tests = [number for number, group in enumerate(GROUPS, start=1) if group in TEST_GROUPS]
    first = tree().classes.index(label)
    return sorted((tests[(first + n) % len(tests)], 1 + n // len(tests)) for n in range(per_class))


def _labels(names: Sequence[str] | None) -> list[str]:
    """Classes at or below these nodes of the tree, in its order."""
    if names is None:
        return list(tree().classes)
    leaves = {leaf for name in names for leaf in tree().leaves_under(tree().index(name.strip()))}
    return [tree().nodes[leaf] for leaf in sorted(leaves)]


def _claim(out: Path, about: dict[str, Any]) -> None:
    """Mark a folder as that of one seed; raises `InputError` if it belongs to something else."""
    manifest = out / MANIFEST
    if manifest.is_file():
        known = read_json(manifest)
        for name, usual in (("seed", None), ("version", None), ("displacement", 1.0)):
            found = known.get(name, usual) if isinstance(known, dict) else None
            asked = about.get(name, usual)
            if found != asked:
                raise InputError(
                    f"{manifest}: the folder was rendered with {name} {found}, not {asked}; give another folder"
                )
    elif out.is_dir() and any(not path.name.startswith(".") for path in out.iterdir()):
        raise InputError(f"{out}: holds something else than a rendered data set; give a new or an empty folder")
    check_writable(manifest)
    write_json(manifest, about | {"finished": False})


def _films(name: str, draw: Callable[[int, int], tuple[Spec, ...]], seed: int, count: int) -> list[Job]:
    return [Job(f"films/{name}_{n:03d}", partial(draw, seed, n)) for n in range(1, count + 1)]


def _clip(seed: int, label: str, group: int, number: int, difficulty: Difficulty) -> tuple[Spec, ...]:
    return (clip_spec(seed, label, group, number, difficulty),)


def _write_all(jobs: list[Job], out: Path, workers: int, again: bool) -> dict[str, Written]:
    done = {}
    with tqdm(total=len(jobs), desc="pantomime", unit="video", delay=2) as bar:
        for job, written in in_processes(partial(write_one, out=out, again=again), jobs, workers):
            done[job.name] = written
            bar.update()
    return {job.name: done[job.name] for job in jobs}


def write_one(job: Job, out: Path, again: bool = False) -> Written:
    """Write a video and then its truth, unless both lie there and show the same shots."""
    video, specs = out / f"{job.name}.mp4", job.draw()
    kept = None if again else _kept(video, specs)
    if kept is None:
        truth = TruthWriter(FPS)
        write_video(video, _pictures(specs, truth), FPS, crf=specs[0].quality)
        truth.save(video, specs[0].seed)
    visible, about = kept or load_summary(video)
    return Written(
        fresh=kept is None,
        frames=len(visible),
        size=video.stat().st_size + truth_path(video).stat().st_size,
        seen=tuple((visible.mean(axis=0) >= SEEN).tolist()),
        segments=tuple((start, stop, label) for start, stop, label in about["segments"]),
    )


def _kept(video: Path, specs: Sequence[Spec]) -> tuple[np.ndarray, dict[str, Any]] | None:
    """Summary of the truth of a finished video of these shots; nothing if it must be rendered."""
    try:
        summary = load_summary(video)
    except InputError:
        return None
    shots = json.loads(json.dumps([spec.to_dict() for spec in specs]))
    return summary if video.is_file() and summary[1]["films"] == shots else None


def _pictures(specs: Iterable[Spec], truth: TruthWriter) -> Iterator[np.ndarray]:
    """Pictures of the shots one after another, while `truth` is told of each."""
    for spec in specs:
        for frame in render(spec):
            truth.add(frame.mask)
            yield frame.image
        truth.end_shot(spec.to_dict(), None if spec.idle else spec.label)


def _write_lists(out: Path, labels: Sequence[str], clips: Sequence[str]) -> None:
    """Class numbers, and which clips are learnt from and tested on, in the form of UCF-101."""
    numbers = {label: number for number, label in enumerate(sorted(labels), start=1)}
    tested = {name for name in clips if any(f"_{group}_" in name for group in TEST_GROUPS)}
    rows = {
        "classInd.txt": [f"{number} {label}" for label, number in numbers.items()],
        "trainlist01.txt": [f"{n}.mp4 {numbers[n.split('/')[0]]}" for n in sorted(clips) if n not in tested],
        "testlist01.txt": [f"{name}.mp4" for name in sorted(tested)],
    }
    for name, lines in rows.items():
        with atomic_write(out / name) as temporary:
            temporary.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _write_segments(out: Path, films: dict[str, Written]) -> None:
    path = out / "films" / "segments.csv"
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("video", "start", "stop", "class"))
        for name, written in films.items():
            video = f"{name.removeprefix('films/')}.mp4"
            table.writerows((video, f"{start:.2f}", f"{stop:.2f}", label) for start, stop, label in written.segments)


def _write_untrimmed(out: Path, jobs: Sequence[Job], done: Mapping[str, Written]) -> None:
    """Annotations of the untrimmed videos, where there are any."""
    shown = {
        Path(job.name).name: Shown(is_tested(number), done[job.name].frames / FPS, job.draw(), done[job.name].segments)
        for number, job in enumerate(jobs, start=1)
    }
    if shown:
        write_annotations(out / "films", shown)


def _figures(done: dict[str, Written], clips: Sequence[str], seconds: float) -> dict[str, Any]:
    fresh = sum(written.fresh for written in done.values())
    return {
        "clips": len(clips),
        "minutes": sum(written.frames for written in done.values()) / FPS / 60,
        "megabytes": sum(written.size for written in done.values()) / 1e6,
        "rendered": fresh,
        "kept": len(done) - fresh,
        "clips_per_minute": 60 * fresh / seconds if fresh else None,
        "visible": {
            cue: sum(done[name].seen[i] for name in clips) / len(clips) if clips else None for i, cue in enumerate(CUES)
        },
    }
