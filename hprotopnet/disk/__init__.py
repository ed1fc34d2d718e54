"""A hierarchy on the Poincare disk: where its nodes stand, how true that is, and the picture of it.

poincare  the geometry of the disk
layouts   places a tree
fidelity  how true a layout is to the ball
labels, figure, svg
          the picture; imported by name, so that none of the rest waits for plotly, and nothing for torch
"""
