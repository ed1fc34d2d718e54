"""Files that torch wrote, read as arrays, without torch: its own readers would build more than that.

There are two forms: an archive of a pickle and a file of numbers for each storage, and, up to torch 1.5, one pickle
after the other with the numbers behind them. In both the pickle says which part of which storage a tensor is, and it
goes through an unpickler to which three names are known and that builds nothing but what is declared here.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from io import BufferedIOBase, BytesIO
from itertools import accumulate
from math import prod
from pathlib import Path
from typing import IO, Any, NamedTuple
from zipfile import ZIP_STORED, ZipFile

import numpy as np

from hprotopnet.errors import InputError
from hprotopnet.files import check_regular
from hprotopnet.models.backbones.pickled import AGAIN, Restricted

MOST_PICKLE = 16 * 2**20  # bytes of the pickle in an archive: it holds no numbers
MOST_SAID = 200  # letters of what is wrong
BEGINNING = (0x1950A86A20F9469CFC6C, 1001)  # of files in the older form
KINDS = {
    **{"Double": "<f8", "Float": "<f4", "Half": "<f2", "Long": "<i8", "Int": "<i4", "Short": "<i2"},
    **{"Char": "i1", "Byte": "u1", "Bool": "?"},
}  # of storages, as torch names them

Pick = Callable[[Any], Mapping[str, Any]]
_Read = Callable[["_Storage"], bytes]


def whole(tree: Any) -> Mapping[str, Any]:
    """The tensors of a file that is a state dict and nothing else."""
    return tree


def state_dict(tree: Any) -> Mapping[str, Any]:
    """The same, or of a file that holds the state dict beside other things: what is kept of a training run."""
    return tree.get("state_dict", tree)


def looks_like_one(path: Path) -> bool:
    """Whether a file begins as torch's do; one of safetensors begins with a number, and then with a brace."""
    with open(path, "rb") as file:
        begins = file.read(9)
    return begins.startswith((b"PK\3\4", b"\x80\2")) and begins[8:] != b"{"


def read_torch_file(path: Path, pick: Pick = whole, called: str = "") -> dict[str, np.ndarray]:
    """Arrays of a file that torch wrote, by name.

    Args:
        pick: finds the tensors, by name, in what the file holds: dicts, lists, numbers and text.
        called: what errors name in place of the path.

    Raises `InputError`, before anything of it runs, for a file that asks for more than that, and for one that is none.
    """
    size = check_regular(path)
    try:
        with open(path, "rb") as file:
            tree, read = (_archived if _begins(file, b"PK\3\4") else _sequential)(file)
            claims = dict(pick(tree))
            if not all(isinstance(name, str) and isinstance(own, _Claim) for name, own in claims.items()):
                raise ValueError("something other than tensors is where they should be")
            if sum(own.storage.size for own in claims.values()) > size:
                raise ValueError("its tensors claim more than there is")
            return {name: own.cut(read(own.storage)) for name, own in claims.items()}
    except InputError as error:
        raise InputError(f"{called or path}: {error}; {AGAIN}") from error
    except Exception as error:  # a damaged pickle can raise nearly anything
        said = str(error).replace("\n", " ")[:MOST_SAID] or type(error).__name__
        raise InputError(f"{called or path}: not a readable file of torch's ({said}); {AGAIN}") from error


class _Storage(NamedTuple):
    """A run of numbers in the file: their type, under which key they lie, and how many they are."""

    dtype: np.dtype
    key: str
    count: int

    @property
    def size(self) -> int:
        return self.count * self.dtype.itemsize


class _Claim(NamedTuple):
    """A tensor: which part of a storage it is."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]

    def cut(self, content: bytes) -> np.ndarray:
        numbers = np.frombuffer(bytearray(content), self.storage.dtype)  # so that the array may be written to
        return numbers[self.offset : self.offset + prod(self.shape)].reshape(self.shape)


class _TorchUnpickler(Restricted):
    """Notes which storages there are, and builds claims where torch would build tensors."""

    def __init__(self, stream: BufferedIOBase):
        kinds = {("torch", f"{name}Storage"): name for name in KINDS}
        # A function of its own: what a pickle may do to the things it is given, it does to this one.
        known = {("torch._utils", "_rebuild_tensor_v2"): lambda *said: _claimed(*said[:4])}
        super().__init__(stream, {("collections", "OrderedDict"): OrderedDict, **kinds, **known})
        self.storages: dict[str, _Storage] = {}

    def persistent_load(self, said: Any) -> _Storage:
        what, kind, key, _, count, *_ = said
        if what != "storage" or not isinstance(key, str) or not _whole(count):
            raise ValueError("it holds something other than storages")
        return self.storages.setdefault(key, _Storage(np.dtype(KINDS[kind]), key, count))


def _claimed(storage: Any, offset: Any, shape: Any, strides: Any) -> _Claim:
    """A tensor as a file describes it; its numbers must lie in order, and inside of their storage."""
    if not isinstance(storage, _Storage) or not all(map(_whole, (offset, *shape))):
        raise ValueError("a tensor is described by something other than numbers")
    in_order = [*accumulate(reversed(shape[1:]), int.__mul__, initial=1)][::-1]
    if any(stride != own for stride, own, side in zip(strides, in_order, shape, strict=False) if side != 1):
        raise ValueError("the numbers of a tensor do not lie in order")
    if offset + prod(shape) > storage.count:
        raise ValueError(f"a tensor of shape {tuple(shape)} goes beyond its storage")
    return _Claim(storage, offset, tuple(shape))


def _whole(number: Any) -> bool:
    return type(number) is int and number >= 0


def _begins(file: IO[bytes], signs: bytes) -> bool:
    found = file.read(len(signs))
    file.seek(0)
    return found == signs


def _archived(file: IO[bytes]) -> tuple[Any, _Read]:
    """What an archive holds, and how the numbers of a storage are read from it."""
    archive = ZipFile(file)
    members = {info.filename.partition("/")[2]: info for info in archive.infolist()}
    about = members["data.pkl"]
    if about.file_size > MOST_PICKLE or any(own.compress_type != ZIP_STORED for own in members.values()):
        raise ValueError("it is packed in another way than torch packs")
    if "byteorder" in members and archive.read(members["byteorder"]) != b"little":
        raise ValueError("its numbers are those of a big-endian machine")

    def read(storage: _Storage) -> bytes:
        own = members[f"data/{storage.key}"]
        if own.file_size != storage.size:
            raise ValueError(f"{own.file_size} bytes stand for {storage.count} numbers")
        return archive.read(own)

    return _TorchUnpickler(BytesIO(archive.read(about))).load(), read


def _sequential(file: IO[bytes]) -> tuple[Any, _Read]:
    """The same of the older form: what it is, what it holds, the keys of storages, and their numbers in that order."""
    magic, protocol, system = (_TorchUnpickler(file).load() for _ in range(3))
    if (magic, protocol) != BEGINNING or not system["little_endian"]:
        raise ValueError("it does not begin like one")
    unpickler = _TorchUnpickler(file)
    tree, keys = unpickler.load(), _TorchUnpickler(file).load()
    places = _places(file, [unpickler.storages[key] for key in keys])

    def read(storage: _Storage) -> bytes:
        file.seek(places[storage.key])
        content = file.read(storage.size)
        if len(content) < storage.size:
            raise ValueError("it is cut short")
        return content

    return tree, read


def _places(file: IO[bytes], storages: Sequence[_Storage]) -> dict[str, int]:
    """Where the numbers of storages begin that lie one behind the other, each after how many they are."""
    places = {}
    for own in storages:
        if int.from_bytes(file.read(8), "little") != own.count:
            raise ValueError("it is cut short, or a storage has another length than it should")
        places[own.key] = file.tell()
        file.seek(own.size, 1)
    return places
