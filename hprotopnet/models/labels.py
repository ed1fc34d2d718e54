"""The 400 classes of Kinetics, for who tells of them without a network: loading this loads no torch."""

from functools import cache
from pathlib import Path

LABELS = Path(__file__).resolve().parents[2] / "assets" / "kinetics400.txt"


@cache
def kinetics_labels() -> tuple[str, ...]:
    """Return the 400 names in the order of the logits."""
    return tuple(LABELS.read_text(encoding="utf-8").splitlines())
