"""The tree of classes and its place in the Poincare ball. Needs nothing but numbers.

names     how names are compared that people wrote
table     the rows of a file that holds a tree, and what people save by mistake
tree      nodes, levels, ancestors, read from those rows
backoff   the answer that a network dares to give
ball      hyperbolic geometry, as functions of tensors
geometry  distances in the ball without torch
points    a point in the ball for every node
"""
