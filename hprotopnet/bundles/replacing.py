"""A folder that is replaced by renaming: there is always the old one or the new one, whole."""

import shutil
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hprotopnet.files import writing


@contextmanager
def replacing(folder: Path, parts: Collection[str]) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `folder` when the block ends without an error.

    What lies in the old folder and is none of `parts`, such as the state of a training run, moves over to the new one.
    Raises `InputError` when the file system refuses; the old folder then is as it was.
    """
    folder = folder.resolve()
    draft, old = _beside(folder)
    finish_replacing(folder, parts)
    with writing(folder):
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
    try:
        yield draft
        with writing(folder):
            with ExitStack() as undo:
                if folder.exists():
                    _move(folder, old, undo)
                _move(draft, folder, undo)
                _carry_over(old, folder, parts, undo)
                undo.pop_all()
            shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if not old.exists():
            shutil.rmtree(draft.parent, ignore_errors=True)


def finish_replacing(folder: Path, parts: Collection[str]) -> None:
    """Set right what a process left that was killed between two renames of `replacing`: no file is lost."""
    folder = folder.resolve()
    _, old = _beside(folder)
    with writing(folder):
        if old.exists() and not folder.exists():
            old.rename(folder)
        elif old.exists():
            new = any((folder / part).exists() for part in parts)
            _carry_over(old, folder, parts if new else ())
        shutil.rmtree(old.parent, ignore_errors=True)


def _beside(folder: Path) -> tuple[Path, Path]:
    """Where the new and the old folder stand meanwhile: deeper than bundles are looked for, on the same disk."""
    place = folder.parent / f".{folder.name}-replacing"
    return place / "new", place / "old"


def _carry_over(old: Path, folder: Path, parts: Collection[str], undo: ExitStack | None = None) -> None:
    for entry in sorted(old.iterdir()) if old.exists() else ():
        if entry.name not in parts and not (folder / entry.name).exists():
            _move(entry, folder / entry.name, undo)


def _move(source: Path, target: Path, undo: ExitStack | None) -> None:
    source.rename(target)
    if undo:
        undo.callback(target.rename, source)
