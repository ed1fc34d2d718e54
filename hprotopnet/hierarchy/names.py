"""Names that people wrote, compared: in any script, as any system stores them, and with errors of typing."""

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist, extract
from tqdm import tqdm

from hprotopnet.files import visible

ALIKE = 0.92  # share of the letters of two names from which on they are nearly the same
SIMILAR = 0.75  # the same for two words; 'man' and 'woman' are two words, 'guitar' and 'guitars' one
LONGEST = 255  # characters of a name that is compared with others: no folder has a longer one
MOST_NEAR = 50  # names that are looked at closely when one is not known
MOST_LOOKED_AT = 10_000  # pairs of names in a tree, some seconds
ROWS = 256  # names compared with all others at once
ROUNDING = 1e-6  # of shares of letters
MOST_SAID = 3  # names, or lines of a kind, before the others are only counted


def composed(name: str) -> str:
    """The one form of a name that looks the same: some systems store the accent of 'é' by itself."""
    return unicodedata.normalize("NFC", name)


def normal(name: str) -> str:
    """A name without what upper and lower case, width and ligatures tell."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


@lru_cache(maxsize=2**15)  # classes are asked for with each of their videos
def fold(name: str) -> str:
    """What names must share that differ in spaces, case and punctuation only.

    Marks belong to the letters they stand on: Indic vowels are marks. A name without letters and digits is its signs.
    """
    plain = normal(name)
    kept = "".join(filter(_tells, plain))
    return kept if any(map(str.isalnum, kept)) else plain


def grouped(names: Iterable[str]) -> dict[str, list[str]]:
    """Names by what they fold to."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(fold(name), []).append(name)
    return groups


def suggest(name: str, known: Sequence[str]) -> str:
    """A short tail for an error message: the nearest known names, or nothing."""
    close = nearest_names(name, known)
    return "; did you mean " + " or ".join(f"'{match}'" for match in close) + "?" if close else ""


def nearest_names(name: str, known: Iterable[str]) -> list[str]:
    """At most three known names that are spelt much like `name`, the nearest first."""
    groups, wanted = grouped(own for own in known if len(own) <= LONGEST), fold(name[:LONGEST])
    near = extract(
        wanted, list(groups), scorer=Indel.normalized_similarity, score_cutoff=0.6 - ROUNDING, limit=MOST_NEAR
    )
    close = difflib.get_close_matches(wanted, [own for own, *_ in near], n=3, cutoff=0.6)
    return [own for match in close for own in groups[match]][:3]


def some(names: Sequence[str]) -> str:
    """The first few names in quotes, and how many more there are."""
    more = f" and {len(names) - MOST_SAID} more" if len(names) > MOST_SAID else ""
    return ", ".join(f"'{visible(name)}'" for name in names[:MOST_SAID]) + more


def bounded(lines: Sequence[str], rest: str, most: int = MOST_SAID) -> list[str]:
    """The first few lines of a kind, and one that counts the others, `rest` saying what they are."""
    more = len(lines) - most
    return [*map(visible, lines[:most]), *([f"{more} more {rest}"] if more > 0 else [])]


def is_plain(name: str) -> bool:
    """Whether a level may be called so: pages and files say level names as they are."""
    return bool(name) and all(character.isalnum() or character in " _-" for character in name)


def likely_typos(names: Sequence[str], most: int = MOST_LOOKED_AT) -> tuple[list[tuple[str, str]], int]:
    """Pairs of names so alike that one may be a typing error, and how many more could have been looked at closely.

    At most `most` pairs are; where none is left there may be others. Names that differ in numbers, in words added, in
    words unlike each other or in words that recur are meant so: classes of one sport are often told apart by little
    else.
    """
    names = [name for name in names if len(name) <= LONGEST]
    folded, words = [fold(name) for name in names], [_words(name) for name in names]
    recurring = Counter(word for own in words for word in set(own))
    pairs, alike = [], difflib.SequenceMatcher(None, autojunk=False)
    for i, j in _alike(folded, words, recurring):
        if most == 0:
            break
        most -= 1
        alike.set_seq2(folded[j])
        alike.set_seq1(folded[i])
        if folded[i] == folded[j] or (alike.ratio() > ALIKE and _mistyped(words[i], words[j], recurring)):
            pairs.append((names[i], names[j]))
    return pairs, most


def _alike(folded: Sequence[str], words: Sequence[Sequence[str]], recurring: Counter) -> Iterator[tuple[int, int]]:
    """Pairs of names, the earlier first, one of which may be mistyped: nearly the same, and not in all but numbers.

    What `difflib` finds in common is a common subsequence, and no longer than the longest, which is found fast.
    """
    kinds = _numbered(tuple("0" if _is_number(word) else word for word in own) for own in words)
    same = _numbered(folded)
    lone = np.array([any(recurring[word] < 2 for word in own) for own in words], bool)
    for start in tqdm(range(0, len(folded), ROWS), "names compared", unit="chunk", delay=2):
        stop = min(start + ROWS, len(folded))
        shared = cdist(
            folded[start:stop], folded[:stop], scorer=Indel.normalized_similarity, score_cutoff=ALIKE - ROUNDING
        )
        own = slice(start, stop)
        differ = (kinds[own, None] != kinds[:stop]) & (lone[own, None] | lone[:stop])
        near = np.tril((shared > 0) & (differ | (same[own, None] == same[:stop])), start - 1)
        yield from ((int(i), start + int(row)) for row, i in np.argwhere(near))


def _numbered(values: Iterable[Hashable]) -> np.ndarray:
    """A number for each value, the same for equal ones."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], int)


def _mistyped(one: list[str], other: list[str], recurring: Counter) -> bool:
    """Whether in place of a word of one name another stands that is nearly the same and used nowhere else."""
    for _, i, j, k, m in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        for left, right in zip(one[i:j], other[k:m], strict=False):
            if left != right and not (_is_number(left) and _is_number(right)):
                alone = min(recurring[left], recurring[right]) < 2
                if alone and difflib.SequenceMatcher(None, left, right).ratio() > SIMILAR:
                    return True
    return False


def _words(name: str) -> list[str]:
    """'HighJump2' as 'high', 'jump', '2'."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " ", name)
    return "".join(c if _tells(c) else " " for c in normal(parted)).split()


def _is_number(word: str) -> bool:
    return word.isdigit() or re.fullmatch("[ivx]+", word) is not None


def _tells(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")
