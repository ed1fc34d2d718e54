"""Files that are either written whole or not at all, their names as text, and JSON without NaN."""

import codecs
import errno
import getpass
import gzip
import hashlib
import json
import math
import os
import re
import shutil
import stat
import tempfile
import unicodedata
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from hprotopnet.errors import InputError
from hprotopnet.locks import make_held, release, sweep

PARTIAL = ".partial-"  # how names begin of files that are not yet whole
MOST_BYTES = 32 * 2**20  # of a text or of JSON, once unpacked: read, it takes some twenty times as much memory
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))  # of a disk, a file, a user's share
_SWEPT: set[Path] = set()  # folders in which this process has looked for what killed ones left
_LIKE_ESCAPE = re.compile(r"\\(?=x[0-9a-f]{2}|u[0-9a-f]{4})")
_HIDDEN = ("Cc", "Cs", "Zl", "Zp")  # control characters, halves of characters, ends of lines and paragraphs
_TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")  # would show what follows in another order


def cache_dir() -> Path:
    """Return the folder of what is kept for the user: $HPROTOPNET_CACHE, else the user's cache folder."""
    return Path(os.environ.get("HPROTOPNET_CACHE") or user_cache_path("hprotopnet", appauthor=False))


def printable(name: str) -> str:
    """A file's name as text that can be written, shown and told from every other one.

    Systems allow names that are no text: a byte that is no UTF-8 becomes `\\xe9`, a line break `\\x0a`, and a backslash
    that would be taken for the beginning of such an escape `\\x5c`.
    """
    return visible(_LIKE_ESCAPE.sub(r"\\x5c", name))


def visible(text: str) -> str:
    """Text with whatever neither prints nor can be encoded escaped, as names of files may bring it into messages."""
    return "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how Python holds a byte that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if unicodedata.category(character) in _HIDDEN or unicodedata.bidirectional(character) in _TURNING:
        return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"
    return character


@contextmanager
def atomic_write(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its name when the block ends without an error.

    The temporary name keeps the suffix, since writers of video and arrays choose their format by it, and else only so
    much of the name that it is never too long. It is held while it is written: the first time that a process writes
    into a folder, it removes those that nobody holds, which killed processes left.
    Raises `InputError` when the file system refuses, at whatever point.
    """
    path = Path(path)
    with writing(path):
        _check_target(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary, held = make_held(lambda: _partial(path))
    try:
        yield temporary
        with writing(path):
            temporary.chmod(0o644)
            temporary.replace(path)
    except OSError as error:
        if error.errno in _FULL:  # which nothing that is read can be
            raise _refused(path, error) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)
        release(held)


def _partial(path: Path) -> str:
    """An empty file beside `path`, where what others left has been removed once."""
    folder = path.parent.resolve()
    if folder not in _SWEPT:
        sweep(folder, f"{PARTIAL}????????-*")
        _SWEPT.add(folder)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=PARTIAL, suffix=f"-{path.stem[:20]}{path.suffix[:20]}")
    os.close(handle)
    return name


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Turn an error of the file system into an `InputError` that names `path`."""
    try:
        yield
    except OSError as error:
        raise _refused(path, error) from error


def _refused(path: str | Path, error: OSError) -> InputError:
    remedy = "make room or choose another place" if error.errno in _FULL else "choose another place"
    return InputError(f"{path}: cannot be written ({error.strerror or error}); {remedy}")


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file, whole or not at all."""
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)


def check_writable(*paths: str | Path | None) -> None:
    """Raise `InputError` now, before long work, if one of these files could not be written then; None is no file."""
    for path in filter(None, paths):
        with writing(path):
            _check_target(Path(path))
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=Path(path).parent).close()


def _check_target(path: Path) -> None:
    """Raise `InputError` where something other than a file would be replaced: a device is not to go for good."""
    with suppress(FileNotFoundError, NotADirectoryError):
        kind = stat.S_IFMT(os.stat(path).st_mode)
        if kind != stat.S_IFREG:
            raise InputError(f"{path}: is {_KINDS.get(kind, 'no file')}; give a file to write")


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder in the system's temporary one that others cannot look into and that is gone when the block ends.

    What a killed process left of its own goes the next time that the same user asks for one.
    Raises `InputError` where somebody else has taken its place, and when the file system refuses.
    """
    home = Path(tempfile.gettempdir()) / f"hprotopnet-{_user()}"
    with writing(home):
        with suppress(FileExistsError):
            home.mkdir(mode=0o700)
        _check_own(home)
        sweep(home, "use-*")
        folder, held = make_held(lambda: tempfile.mkdtemp(dir=home, prefix="use-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        release(held)


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else getpass.getuser()


def _check_own(folder: Path) -> None:
    found = os.lstat(folder)
    ours = not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o077)
    if not (stat.S_ISDIR(found.st_mode) and ours):
        raise InputError(f"{folder}: is not a folder of yours alone; remove it or set TMPDIR to another place")


def check_regular(path: str | Path) -> int:
    """Size of a file in bytes; raises `InputError` for what is none: a pipe may never end, and a device has no end."""
    try:
        found = os.stat(path)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; check the path") from error
    except (OSError, ValueError) as error:  # a name may hold a null character
        raise InputError(f"{path}: cannot be read ({getattr(error, 'strerror', error)}); check the path") from error
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{path}: is {_KINDS.get(stat.S_IFMT(found.st_mode), 'no file')}; give a file")
    return found.st_size


def read_bytes(path: str | Path, most: int = MOST_BYTES) -> bytes:
    """The whole content of a file; raises `InputError` for one of more than `most` bytes, or that is no regular one."""
    if check_regular(path) > most:
        raise InputError(f"{path}: is larger than {most / 2**20:.0f} MB; give a smaller file")
    try:
        with open(path, "rb") as file:
            return file.read(most + 1)[:most]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error


def sha256(path: str | Path) -> str:
    """SHA-256 of a file's content, in hexadecimal; raises `InputError` for what is no regular file."""
    check_regular(path)
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_text(path: str | Path) -> str:
    """Text that people wrote, in UTF-8 or in UTF-16 with a byte order mark.

    Raises `InputError` that names what the file seems to be instead, and the remedy.
    """
    content = read_bytes(path)
    try:
        marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: {_other_than_text(content)}; save it as text in UTF-8") from error
    if "\0" in text:
        raise InputError(f"{path}: {_other_than_text(content)}; save it as text in UTF-8")
    return text


def split_lines(text: str) -> list[str]:
    """Lines as editors number them: other signs that Unicode calls line breaks may stand inside a name."""
    return re.split("\r\n|\r|\n", text)


def _other_than_text(content: bytes) -> str:
    if content.startswith(b"PK"):
        return "is a spreadsheet or an archive"
    if content.count(0) > len(content) / 4:
        return "seems to be UTF-16 without a byte order mark"
    return "is not text in UTF-8, perhaps Latin-1 or Windows-1252" if 0 not in content else "is not text"


def stamp(*paths: str | Path | os.DirEntry) -> int:
    """A number that is another one once one of these files was written again, or a folder lists other files.

    Within a process only, and cheap: contents are not read. The time of change counts as well as that of writing, since
    copies may keep the latter. Files that are absent may be among them.
    """
    found = []
    for path in paths:
        with suppress(FileNotFoundError):
            stat = os.stat(path)
            found.append((os.fspath(path), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    return hash(tuple(sorted(found)))


def write_json(path: str | Path, value: Any) -> None:
    """Write `value` as JSON, see `to_json`; compressed, the same bytes every time, where the name ends in `.gz`."""
    content = to_json(value).encode()
    write_bytes(path, gzip.compress(content, mtime=0) if Path(path).suffix == ".gz" else content)


def to_json(value: Any) -> str:
    """`value` as JSON; arrays become lists, and what is undefined (NaN, infinity) becomes null.

    Paths that are no UTF-8 come back as they were: JSON has an escape for what cannot be encoded.
    """
    text = json.dumps(_defined(value), indent=1, ensure_ascii=False) + "\n"
    return text.encode(errors="backslashreplace").decode()


def read_json(path: str | Path) -> Any:
    """Read a JSON file; raises `InputError` naming it when it is absent, no JSON, or larger than `MOST_BYTES`."""
    content = read_bytes(path)
    content = _unpacked(content, path) if Path(path).suffix == ".gz" else content
    try:
        return json.loads(content)
    except RecursionError as error:
        raise InputError(f"{path}: is nested too deeply; make the file again") from error
    except ValueError as error:
        raise InputError(f"{path}: not valid JSON ({error}); make the file again") from error


def _unpacked(content: bytes, path: str | Path) -> bytes:
    """What was compressed, one member after the other; no more of it is unpacked than may be."""
    unpacked = b""
    while content:
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)  # as gzip does
        try:
            unpacked += unpacking.decompress(content, MOST_BYTES + 1 - len(unpacked))
        except zlib.error as error:
            raise InputError(f"{path}: not a compressed file ({error}); make the file again") from error
        if len(unpacked) > MOST_BYTES:
            raise InputError(f"{path}: unpacks to more than {MOST_BYTES / 2**20:.0f} MB; make the file again")
        if not unpacking.eof:
            raise InputError(f"{path}: not a compressed file (it is cut short); make the file again")
        content = unpacking.unused_data
    return unpacked


def _defined(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _defined(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_defined(item) for item in value]
    if hasattr(value, "tolist"):
        return _defined(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
