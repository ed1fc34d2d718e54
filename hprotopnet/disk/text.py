"""How wide text is, by the advance widths of Helvetica, which Arial and Liberation Sans share: no font is at hand.

Pictures ask for `FONT`; Source Sans, which the app brings along, is narrower, so that what fits here fits there.
"""

import unicodedata

FONT = '"Source Sans", Arial, Helvetica, sans-serif'
LINE = 1.2  # height of a line, in font sizes
_OTHER, _WIDE = 667, 1000  # of letters that the tables lack, and of those of the East
_REGULAR = {
    222: "'ijl",
    278: " !,./:;I[\\]ft|",
    333: "()-`r{}",
    389: '"*',
    500: "Jcksvxyz^",
    556: "#$0123456789?L_abdeghnopqu",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1000: "…",
    1015: "@",
}
_BOLD = {
    238: "'",
    278: " ,./I\\ijl|",
    333: "!()-:;[]`ft",
    389: "*r{}",
    500: '"z',
    556: "#$0123456789J_aceksvxy",
    584: "+<=>^~",
    611: "?FLTZbdghnopqu",
    667: "EPSVXY",
    722: "&ABCDHKNRU",
    778: "GOQw",
    833: "M",
    889: "%m",
    944: "W",
    975: "@",
    1000: "…",
}
_WIDTHS = [{letter: width for width, letters in table.items() for letter in letters} for table in (_REGULAR, _BOLD)]


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width of one line in pixels, of a font of so many pixels."""
    widths = _WIDTHS[bold]
    # An accent takes no room of its own, once it is taken off its letter.
    letters = [letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter)]
    return sum(widths.get(letter) or _unknown(letter) for letter in letters) * size / 1000


def shortened(text: str, most: float, size: float, bold: bool = False) -> str:
    """A line of at most `most` pixels, cut with an ellipsis where it is longer."""
    cut = text
    while text_width(cut, size, bold) > most and len(cut) > 2:
        cut = f"{cut[:-2].rstrip()}…"
    return cut


def _unknown(letter: str) -> int:
    return _WIDE if unicodedata.east_asian_width(letter) in "WF" else _OTHER


def folded(text: str) -> list[str]:
    """A name in two lines as equal as its words allow; in one if it is one word."""
    words = text.split()
    folds = [[" ".join(words[:i]), " ".join(words[i:])] for i in range(1, len(words))]
    return min(folds, key=lambda lines: max(text_width(line, 1) for line in lines), default=[text])
