"""A hierarchy on the Poincare disk: where its nodes stand, how true that is, and the picture of it.

`poincare` is the geometry, `layouts` places a tree, `fidelity` measures a layout; what they offer is named here.
`labels` and `figure` draw and are imported by name, so that none of the rest waits for plotly, and nothing for torch.
"""

from hprotopnet.disk.fidelity import ball_geometry, best_scale, compare_layouts, figures
from hprotopnet.disk.layouts import View, layout, look_at, wedge_layout

__all__ = ["View", "ball_geometry", "best_scale", "compare_layouts", "figures", "layout", "look_at", "wedge_layout"]
