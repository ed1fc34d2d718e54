"""Values as bars with their names: HTML of no script, names escaped."""

import html
from collections.abc import Sequence

GRID = (
    "display:grid;grid-template-columns:minmax(0,9rem) 1fr 2.6rem;gap:.15rem .5rem;align-items:center;font-size:.8rem"
)
FILL = "#2f7ebc"


def bars_html(rows: Sequence[tuple[str, float]], most: float, alt: str) -> str:
    """Bars from 0 to `most`, a line each.

    Args:
        rows: name and value.
        alt: what the bars show, for those who do not see them.
    """
    told = ", ".join(f"{name} {value:.2f}" for name, value in rows)
    lines = "".join(
        f'<div style="overflow:hidden;text-overflow:ellipsis;white-space:nowrap" title="{html.escape(name)}">'
        f'{html.escape(name)}</div><div style="background:rgba(128,140,155,.22);border-radius:3px">'
        f'<div style="width:{100 * min(max(value / most, 0), 1):.1f}%;height:.6rem;border-radius:3px;'
        f'background:{FILL}"></div></div><div style="text-align:right">{value:.2f}</div>'
        for name, value in rows
    )
    return f'<div role="img" aria-label="{html.escape(f"{alt}: {told}")}" style="{GRID}">{lines}</div>'
