"""Trees and lists as nobody means them: every one is written by a function, and reading it ends in words.

`TREES` and `LISTS` map a name to what writes the file into an empty folder and returns its path. A list comes without
its partner.
"""

import gzip
import os
import random
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

Maker = Callable[[Path], Path]
HEADER = "class,parent,grandparent\n"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MEGABYTE = 2**20


def _text(text: str, folder: Path, name: str = "tree.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def _bytes(content: bytes, folder: Path, name: str = "tree.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _classes(names: Iterable[str]) -> str:
    """A tree of these classes, ten of one parent."""
    rows = [f"{name},Parent {number // 10},Grandparent {number // 100}" for number, name in enumerate(names)]
    return HEADER + "\n".join(rows)


def _words(count: int) -> list[str]:
    draw = random.Random(0)
    return ["".join(draw.choices(LETTERS, k=draw.randint(5, 24))) + f"q{number:x}" for number in range(count)]


def _one_letter(count: int) -> list[str]:
    """Names of which each two differ in one or two letters."""
    base = LETTERS * 5
    return [base[: n % 130] + chr(0x4E00 + n) + base[n % 130 + 1 :] for n in range(count)]


def _recurring(count: int) -> list[str]:
    """Long names of few words, which differ in one that many have."""
    words = [["".join(random.Random(n).choices(LETTERS, k=6)) for n in range(k, k + 16)] for k in (0, 20, 40)]
    return [f"{words[0][n % 16]} {words[1][n // 16 % 16]} {words[2][n // 256]} of a long kind" for n in range(count)]


def _levels(count: int) -> str:
    header = ",".join(["class", *(f"level {n}" for n in range(1, count))])
    return "\n".join([header, *(",".join(f"node {row} {n}" for n in range(count)) for row in range(3))])


def _sparse(size: int, folder: Path, name: str = "tree.csv") -> Path:
    path = folder / name
    path.touch()
    os.truncate(path, size)
    return path


def _pipe(folder: Path, name: str = "tree.csv") -> Path:
    os.mkfifo(folder / name)
    return folder / name


def _link(target: str, folder: Path, name: str = "tree.csv") -> Path:
    (folder / name).symlink_to(target)
    return folder / name


def _folder(folder: Path, name: str = "tree.csv") -> Path:
    (folder / name).mkdir()
    return folder / name


def _made(make: Callable[..., str], count: int, folder: Path) -> Path:
    return _text(_classes(make(count)), folder)


TREES: dict[str, Maker] = {
    "3000 random words": partial(_made, _words, 3000),
    "numbered": partial(_made, lambda count: [f"class {n:04d}" for n in range(count)], 3000),
    "one letter apart": partial(_made, _one_letter, 3000),
    "words that recur": partial(_made, _recurring, 3000),
    "10000 classes": partial(_made, _words, 10_000),
    "a class too many": partial(_made, _words, 10_001),
    "millions of rows": partial(_text, HEADER + "a,b,c\n" * 4_000_000),
    "millions of blank lines": partial(_text, HEADER + "a,b,c\n" + "\n" * 20_000_000),
    "as many levels as can be": partial(_text, _levels(16)),
    "a level too many": partial(_text, _levels(40)),
    "a million columns": partial(_text, "class," + "x," * 1_000_000 + "\n"),
    "a long line": partial(_text, HEADER + "a" * (31 * MEGABYTE) + ",b,c"),
    "a long header": partial(_text, "class,parent" + "t" * (31 * MEGABYTE)),
    "a long field": partial(_text, HEADER + "a" * 130_000 + ",b,c"),
    "long names": partial(_text, _classes(f"{n}" + "a" * 1500 for n in range(500))),
    "100 MB": partial(_sparse, 100 * MEGABYTE),
    "a terabyte of nothing": partial(_sparse, 2**40),
    "nulls": partial(_bytes, HEADER.encode() + b"a\0b,c,d\n"),
    "a quote never closed": partial(_text, HEADER + '"a,b,c\n' * 50_001),
    "quotes in quotes": partial(_text, HEADER + '"' * 100_001),
    "quotes inside fields": partial(_text, HEADER + 'a"b,c"",d\n'),
    "blanks only": partial(_text, " \t" * MEGABYTE),
    "separators only": partial(_text, ",;\t" * 100_000),
    "empty": partial(_text, ""),
    "header only": partial(_text, HEADER),
    "no header": partial(_text, "a,b,c\n"),
    "a byte order mark only": partial(_bytes, b"\xff\xfe"),
    "UTF-16": partial(_text, HEADER + "a,b,c\nd,e,c\n", encoding="utf-16"),
    "half of UTF-16": partial(_bytes, HEADER.encode("utf-16")[:-1]),
    "Latin-1": partial(_text, HEADER + "caf\xe9,b,c\n", encoding="latin-1"),
    "a spreadsheet": partial(_bytes, b"PK\x03\x04" + bytes(1000)),
    "compressed": partial(_bytes, gzip.compress(HEADER.encode() * 1000)),
    "a circle": partial(_text, HEADER + "a,b,a\nb,a,b\n"),
    "ragged": partial(_text, HEADER + "a,b\nc,d,e,f\n"),
    "marks without end": partial(_text, HEADER + "a" + "\u0301" * 1900 + ",b,c\nd,e,c\n"),
    "writing from the right": partial(_text, HEADER + "\u202egnp,b,c\nd,\u2066e,c\n"),
    "letters like each other": partial(_text, _classes(["Bowling", "Bow\u0131ing", "\u0412owling", "\uff22OWLING"])),
    "line breaks of all kinds": partial(_text, HEADER.replace("\n", "\r") + "a,b,c\r\nd,e\x85,c\u2028\nf,g,c\x0b\n"),
    "a pipe": _pipe,
    "a folder": _folder,
    "a device without end": partial(_link, "/dev/zero"),
    "a link to itself": partial(_link, "tree.csv"),
    "a link to nothing": partial(_link, "absent.csv"),
}


def _list(lines: Iterable[str], folder: Path) -> Path:
    return _text("\n".join(lines), folder, "trainlist01.txt")


LISTS: dict[str, Maker] = {
    "usual": partial(_list, [f"Class{n % 100}/v_g{n % 25}_c{n}.avi {n % 100}" for n in range(20_000)]),
    "without suffixes": partial(_list, [f"Class{n % 100}/v_g{n % 25}_c{n} {n % 100} 7" for n in range(10_000)]),
    "blanks before the last word": partial(_list, ["a/b" + " " * 4900 + "x"] * 50),
    "commas before the last word": partial(_list, ["a/b" + ",;" * 2400 + "x 1"] * 50),
    "quotes": partial(_list, ["a/b.avi", *['"' + '""' * 2400 + "x"] * 50]),
    "quoted quotes": partial(_list, ["'a/b" + "'' " * 1600 + "x"] * 50),
    "numbers": partial(_list, ["a/b " + "1 " * 2400] * 50),
    "digits": partial(_list, ["a/b" + "1" * 4900 + "x"] * 50),
    "suffixes": partial(_list, ["a/" + ".avi" * 1200 + "x"] * 50),
    "suffixes and commas": partial(_list, ["a/" + ".avi ,"[:5] * 900 + "x"] * 50),
    "slashes": partial(_list, ["a/b.avi", "/" * 4900]),
    "almost Kinetics": partial(_list, ["abcdefghijk,1," * 300] * 50),
    "a long line": partial(_list, ["a/b.avi", "a/" + "b" * (20 * MEGABYTE)]),
    "a long header": partial(_list, ["video," * (4 * MEGABYTE)]),
    "millions of lines": partial(_list, ["a/b"] * 8_000_000),
    "a table with a quote never closed": partial(_list, ["video,label", '"a/b.avi,a', "a/c.avi,a"]),
    "a table with a long field": partial(_list, ["video,label", "a/" + "b" * 4900 + ",a"]),
    "nulls": partial(_bytes, b"a/b\0.avi\n", name="trainlist01.txt"),
    "100 MB": partial(_sparse, 100 * MEGABYTE, name="trainlist01.txt"),
    "a pipe": partial(_pipe, name="trainlist01.txt"),
    "a folder": partial(_folder, name="trainlist01.txt"),
    "a device without end": partial(_link, "/dev/zero", name="trainlist01.txt"),
}
