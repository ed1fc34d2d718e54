"""The forms in which an explanation leaves: which there are, and the files of each."""

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hprotopnet.files import to_json
from hprotopnet.views import words
from hprotopnet.views.account import Account
from hprotopnet.views.figures import disk_plate, pair_plate
from hprotopnet.views.moving import gif, mp4
from hprotopnet.views.numbers import numbers_csv
from hprotopnet.views.offline import page
from hprotopnet.views.plate import Plate

Files = dict[str, bytes]  # by the ends of their names, such as ".csv", or "." and a level before it
ZIP = "application/zip"
_OLD = (1980, 1, 1, 0, 0, 0)  # the time of files in archives: the same content gives the same bytes


@dataclass(frozen=True)
class Form:
    """One form.

    Attributes:
        label: what people choose by.
        told: what it is good for.
        mime: of a file.
        make: the files, when they are asked for.
        several: whether there are several.
    """

    label: str
    told: str
    mime: str
    make: Callable[[Account], Files]
    several: bool = False


def _figures(account: Account) -> Iterator[tuple[str, Plate]]:
    yield ".disk", disk_plate(account)
    for level in account.explanation.levels:
        yield f".{level.level}", pair_plate(account, level)


def _json(account: Account) -> str:
    found = account.explanation
    told = {"network": account.bundle.name, "truth": account.label, "notes": words.notes(found)}
    return to_json(told | {"explanation": found.to_dict()})


FORMS = {
    "html": Form(
        "Page that plays offline",
        "One file of HTML: clip, disk, steps and prototypes, for any browser, without a network.",
        "text/html",
        lambda account: {".html": page(account).encode()},
    ),
    "gif": Form(
        "Moving picture, GIF",
        "The answer and its steps one after the other, under 5 MB.",
        "image/gif",
        lambda account: {".gif": gif(account)},
    ),
    "mp4": Form("Film, MP4", "The same, sharper, for slides.", "video/mp4", lambda account: {".mp4": mp4(account)}),
    "svg": Form(
        "Figures, SVG",
        "The disk and each step's pair of clips, to be edited and printed.",
        "image/svg+xml",
        lambda account: {f"{name}.svg": plate.svg().encode() for name, plate in _figures(account)},
        several=True,
    ),
    "png": Form(
        "Figures, PNG",
        "The same as pixels.",
        "image/png",
        lambda account: {f"{name}.png": plate.png() for name, plate in _figures(account)},
        several=True,
    ),
    "csv": Form(
        "Numbers, CSV",
        "A row for each prototype and level.",
        "text/csv",
        lambda account: {".csv": numbers_csv(account).encode()},
    ),
    "json": Form(
        "Everything as data, JSON",
        "The explanation with its activation maps.",
        "application/json",
        lambda account: {".json": _json(account).encode()},
    ),
}


def single(account: Account, form: str) -> bytes:
    """A form as one file: itself, or an archive where there are several."""
    files = FORMS[form].make(account)
    return _archive(files) if FORMS[form].several else next(iter(files.values()))


def single_name(form: str, stem: str) -> str:
    """How that file is called, after what it is of."""
    return f"{stem}.{form}.zip" if FORMS[form].several else f"{stem}.{form}"


def single_mime(form: str) -> str:
    return ZIP if FORMS[form].several else FORMS[form].mime


def _archive(files: Files) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for end, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"explanation{end}", _OLD), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()
