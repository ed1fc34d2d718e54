"""A hierarchy on the Poincare disk: where its nodes stand, how true that is, and the picture of it.

poincare  the geometry of the disk
layouts   places a tree
kept      layouts that were made before
fidelity  how true a layout is to the ball
text      how wide text is
labels    names where they do not cover each other
drawing   colours, symbols and lines, as plain data; svg has the outlines of symbols
scene     what the disk that can be clicked on shows, as plain data, and the script that draws it (folder script)
"""
