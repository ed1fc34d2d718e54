"""Colours of high dynamic range and of wide gamuts, shown as the screens do that videos are mostly made for (BT.709).

What lies above the white of an ordinary picture, or outside its gamut, is cut off, as FFmpeg does when it converts
relative to that white. Everything else keeps its place.
"""

from functools import cache

import numpy as np

WHITE = 203.0  # candela per square metre of white in high dynamic range: ITU-R BT.2408
PEAK = 1000.0  # of the screen that hybrid log-gamma is graded on: ITU-R BT.2100
PQ, HLG = 16, 18  # transfer characteristics, as ITU-T H.273 numbers them
# Primaries (H.273) to those of BT.709, for light: ITU-R BT.2087 for BT.2020, and the same derived for Display P3.
_TO_BT709 = {
    9: np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32),
    12: np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]], np.float32),
}
_BRIGHTNESS = np.array([0.2627, 0.6780, 0.0593], np.float32)  # of BT.2020's primaries


def is_bt709(transfer: int, primaries: int) -> bool:
    """Whether colours are to be shown as they are; what is not stated is taken to be so."""
    return transfer not in (PQ, HLG) and primaries not in _TO_BT709


def to_bt709(images: np.ndarray, transfer: int, primaries: int) -> np.ndarray:
    """Show colours of other kinds in BT.709.

    Args:
        images: uint16 RGB (..., 3), over the whole range.
        transfer, primaries: how they are meant, by the numbers of ITU-T H.273.

    Returns uint8 RGB of the same shape.
    """
    light = _light(transfer)[images]  # 1 is white
    if transfer == HLG:  # the brighter, the more contrast: the system's gamma of 1.2
        light *= PEAK / WHITE * (light @ _BRIGHTNESS)[..., None] ** 0.2
    if primaries in _TO_BT709:
        light = light @ _TO_BT709[primaries].T
    return np.rint(255 * np.clip(light, 0, 1) ** np.float32(1 / 2.4)).astype(np.uint8)


@cache
def _light(transfer: int) -> np.ndarray:
    """Light of each of the 65536 values: of the screen in units of `WHITE`, for hybrid log-gamma of the scene."""
    value = np.linspace(0, 1, 65536)
    if transfer == PQ:  # SMPTE ST 2084
        root = value ** (32 / 2523)
        light = 10_000 / WHITE * (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (16384 / 2610)
    elif transfer == HLG:  # BT.2100
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(value <= 0.5, value**2 / 3, (np.exp((value - c) / a) + b) / 12)
    else:  # BT.1886
        light = value**2.4
    return light.astype(np.float32)
