"""Hierarchical ProtoPNet: video action recognition explained at every level of a class hierarchy.

The method is that of Gulshad, Long and van Noord, "Hierarchical Explanations for Video Action Recognition"
(arXiv 2301.00436); every docstring that departs from the paper says so.

Letters, used for shapes everywhere and declared only here:

===========  ==========================================================================
B            clips in a batch
C            channels (3 of a frame, or those of a backbone's features)
T, H, W      frames, height and width of an input clip
t, h, w      time, height and width of the feature grid a backbone makes of it
D            width of a prototype
P            prototypes
E            width of the embedding (the dimension of the Poincare ball)
K            leaf classes
N            nodes of the hierarchy, leaves included, without the root
L            levels of the hierarchy, 0 is the leaves
===========  ==========================================================================

Importing the package imports nothing else, so that it is instant.
"""

__version__ = "0.1.0"
