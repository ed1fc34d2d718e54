"""Text from outside, made fit for pages."""

import re

from hprotopnet.files import visible


def plain(text: str) -> str:
    """Text from outside, so escaped that streamlit's Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~:$&])", r"\\\1", visible(text))
