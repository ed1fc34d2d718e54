"""The tree of classes and its place in the Poincare ball. Needs nothing but numbers.

tree      nodes, levels, ancestors, and the CSV file that holds them
backoff   the answer that a network dares to give
ball      hyperbolic geometry, as functions of tensors
points    a point in the ball for every node
"""
