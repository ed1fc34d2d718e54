"""A view of the Poincare disk as a plotly figure, to hover over and to click on."""

from typing import Any

import plotly.graph_objects as go

from hprotopnet.disk.drawing import draw_disk


def disk_figure(*view: Any, **how: Any) -> go.Figure:
    """What `draw_disk` draws, with the same arguments, as a figure."""
    return go.Figure(draw_disk(*view, **how))
