"""A hierarchy on the Poincare disk: where its nodes stand, how true that is, and the picture of it.

poincare  the geometry of the disk
layouts   places a tree
fidelity  how true a layout is to the ball
text      how wide text is
labels    names where they do not cover each other
drawing   the picture as plain data; svg and figure draw it, the latter alone with plotly
"""
