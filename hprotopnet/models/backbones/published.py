"""Weights that their makers publish by address and hash: fetched once, checked, converted, kept as safetensors.

A file is a line of a table, see `weights`. What lies in the user's cache is called by the published file and by its own
hash, `r3d_18-b3b3357e-1a2b3c4d.safetensors`, so that a damaged copy is told from a sound one. The published file itself
may be put there by hand where there is no network, and so may its tensors, as `r3d_18-b3b3357e.safetensors`.

Of some files no hash is published. These are never fetched unasked: only where somebody says so, who may state the
hash that the file must have. Else it is taken with the one that it has, which is told and written down beside it, and
from then on no other will do unless it is stated. That a file could not be checked costs right weights, at worst, and
nothing else: whatever it is, it goes through the unpickler of arrays only, and its tensors must be the network's to
the letter. Bundles that rest on it name what was converted by its hash.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256 as hashed
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import torch
from safetensors.torch import save
from torch import Tensor
from tqdm import tqdm

from hprotopnet.errors import InputError
from hprotopnet.files import cache_dir, check_writable, private_folder, sha256, write_bytes
from hprotopnet.models.backbones.base import Backbone
from hprotopnet.models.backbones.torchfile import Pick, read_torch_file, whole
from hprotopnet.models.loading import load_strictly, read_tensors
from hprotopnet.writers import sole_writer

LENGTH = 8  # hexadecimal digits of a hash in a name
BLOCK = 2**20  # bytes that are read at a time
PATIENCE = 30.0  # seconds without an answer
ROOM = 1.1  # times as large as it is said to be is the most that a file may be
HASH = re.compile(r"[0-9a-f]{8,64}")  # or so much of its beginning


@dataclass(frozen=True)
class Published:
    """A file of weights.

    Attributes:
        name: of the network.
        url: where it is published; the last part is the file's name.
        sha256: of the file, or so much of its beginning as its makers publish; empty where they publish none.
        megabytes: its size, of 2^20 bytes; where none is published that of its tensors.
        network: makes the network whose state, to the letter, the file holds, once its names are translated.
        pick: finds the tensors in what the file holds.
        room: times as large as that is the most that it may be.
    """

    name: str
    url: str
    sha256: str
    megabytes: float
    network: Callable[[], Backbone]
    pick: Pick = whole
    room: float = ROOM

    @property
    def file(self) -> str:
        """Name of the published file."""
        return self.url.rpartition("/")[2]

    @property
    def stem(self) -> str:
        """What the names of all begin with that is kept of it."""
        return Path(self.file).stem

    @property
    def command(self) -> str:
        """What fetches it."""
        return f"python -m hprotopnet fetch --network {self.name}"


def at_hand(own: Published) -> bool:
    """Whether the weights can be had without a network, as far as names of files tell."""
    return bool(_kept(own)) or any(path.is_file() for path in _given(own))


def remedy(own: Published) -> str:
    """How to come by the weights, as the end of a line."""
    return f"fetch it once with a network, or put {own.file} from {own.url} into {cache_dir()}"


def published_file(own: Published, progress: bool = True, stated: str | None = None) -> Path:
    """Where the converted weights lie, fetched on first use; one process does it, others wait.

    A damaged copy is made again. With `HPROTOPNET_OFFLINE=1` the network is never tried.

    Args:
        stated: of a file whose makers publish no hash, the SHA-256 that it must have, or its beginning; empty to take
            whichever it has. None, and it is not fetched.

    Raises `InputError` when there is no sound copy and none can be had, and for a file that is not the published one.
    """
    _check_stated(own, stated)
    if found := _sound(own):
        return found
    check_writable(cache_dir() / own.file)
    with sole_writer(cache_dir() / own.stem, wait=True):
        return _sound(own) or _keep(own, _tensors(own, progress, stated))


def taken(own: Published) -> str:
    """The SHA-256 with which a file was taken whose makers publish none; empty where they do, and before."""
    path = _note(own)
    return path.read_text(encoding="utf-8").split(" ")[0] if not own.sha256 and path.is_file() else ""


def _note(own: Published) -> Path:
    """Where it is written down, as `sha256sum` writes it."""
    return cache_dir() / f"{own.file}.sha256"


def _check_stated(own: Published, stated: str | None) -> None:
    if not stated:
        return
    if not HASH.fullmatch(stated):
        raise InputError(f"{stated!r} is no SHA-256; give its hexadecimal digits, eight at least")
    known = own.sha256 or (taken(own) if _sound(own) else "")
    if known and not (known.startswith(stated) or stated.startswith(known)):
        lies = "" if own.sha256 else f"; remove {own.stem}-*.safetensors from {cache_dir()} to take another"
        raise InputError(
            f"{own.file}: its SHA-256 begins with {known[:LENGTH]}, not {stated[:LENGTH]}{lies}", own.command
        )


def _kept(own: Published) -> list[Path]:
    return sorted(cache_dir().glob(f"{own.stem}-{'[0-9a-f]' * LENGTH}.safetensors"))


def _given(own: Published) -> tuple[Path, Path]:
    """Where users may put the weights themselves."""
    return cache_dir() / f"{own.stem}.safetensors", cache_dir() / own.file


def _sound(own: Published) -> Path | None:
    """A converted file that is what its name says."""
    return next((path for path in _kept(own) if sha256(path)[:LENGTH] == path.stem[-LENGTH:]), None)


def _tensors(own: Published, progress: bool, stated: str | None) -> dict[str, Tensor]:
    """The tensors of what was put into the cache, or else of what is published."""
    converted, raw = _given(own)
    if converted.is_file():
        return _fitting(own, read_tensors(converted, f"remove it, or {remedy(own)}"), str(converted))
    if raw.is_file():
        return _unpickled(own, raw, str(raw), stated)
    if not own.sha256 and stated is None:
        raise _unreachable(own, "no hash of them is published, so that they are fetched only where they are asked for")
    with private_folder() as folder:
        return _unpickled(own, _download(own, folder, progress), own.url, stated)


def _unpickled(own: Published, path: Path, called: str, stated: str | None) -> dict[str, Tensor]:
    """Tensors of a published file, once it is known to be it; errors call it as is said."""
    found, size = sha256(path), path.stat().st_size
    expected = max(own.sha256, stated or "", key=len) or taken(own)
    if not found.startswith(expected):
        wrong = f"its SHA-256 begins with {found[:LENGTH]}, not {expected[:LENGTH]}"
        what = f"{size / 2**20:.1f} of about {own.megabytes:.1f} MB, {wrong}"
        raise InputError(f"{called}: not the published file ({what}); remove it and get it again", own.command)
    arrays = read_torch_file(path, own.pick, called)
    tensors = _fitting(own, {name: torch.from_numpy(array) for name, array in arrays.items()}, called)
    if not own.sha256:
        write_bytes(_note(own), f"{found}  {own.file}\n".encode())
    return tensors


def _fitting(own: Published, tensors: dict[str, Tensor], called: str) -> dict[str, Tensor]:
    """The tensors by the network's names, all that are its own and no others."""
    with torch.random.fork_rng(devices=[]):  # or a first run would draw other numbers than those after it
        network = own.network()
    fitted = network.fitted(tensors)
    load_strictly(network, fitted, called, f"remove it and give weights of {own.name}")
    return fitted


def _keep(own: Published, tensors: dict[str, Tensor]) -> Path:
    """Write them; the same tensors become the same file everywhere, by whose hash bundles name their backbone."""
    content = save(tensors)
    path = cache_dir() / f"{own.stem}-{hashed(content).hexdigest()[:LENGTH]}.safetensors"
    write_bytes(path, content)
    return path


def _download(own: Published, folder: Path, progress: bool) -> Path:
    """Fetch the file as it is, through the user's proxies; raises `InputError` that says what to do by hand."""
    if os.environ.get("HPROTOPNET_OFFLINE", "0") not in ("", "0"):
        raise _unreachable(own, "HPROTOPNET_OFFLINE is set")
    target = folder / own.file
    try:
        with urlopen(own.url, timeout=PATIENCE) as answer, open(target, "wb") as file:
            length = int(answer.headers.get("Content-Length") or own.megabytes * 2**20)
            with tqdm(total=length, desc=own.file, unit="B", unit_scale=True, disable=not progress) as bar:
                while block := answer.read(BLOCK):
                    bar.update(file.write(block))
                    if file.tell() > own.room * own.megabytes * 2**20:
                        raise ValueError(f"it is larger than {own.room * own.megabytes:.1f} MB")
    except (OSError, HTTPException, ValueError) as error:  # OSError: whatever happens on the way here
        if isinstance(error, HTTPError):
            error.close()  # or its connection would stay
        said = str(getattr(error, "reason", "") or error) or type(error).__name__
        raise _unreachable(own, f"it cannot be downloaded: {said}".replace("\n", " ")) from error
    return target


def _unreachable(own: Published, why: str) -> InputError:
    state = "are damaged" if _kept(own) else "are not on this machine"
    return InputError(f"{own.name}: its published weights {state} ({why}); {remedy(own)}", own.command)
