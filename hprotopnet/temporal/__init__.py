"""Weakly supervised temporal detection with atomic actions: told which actions videos hold, it finds when they happen.

Li, He and Xu, "Weakly-Supervised Temporal Action Detection for Fine-Grained Videos with Hierarchical Atomic Actions"
(ECCV 2022). Letters of this room, beside those of the package: V videos of a batch, T clips of a video, Q visual
concepts, G coarse classes; B are the clips of all videos of a batch, D is the width of their features, E that of the
encoder.

config      what a detector is and how it is trained
clips       features of clips, a file a video
extract     making them, through a backbone
lists       `.npy` files of lists, read and never run
annotations long videos, what happens in them and when
published   data as the authors ship it
activitynet data in ActivityNet's form
atoms       true atomic actions, where somebody knows them
network     the network
concepts    visual concepts, drawn by k-means
losses      the terms of the objective
detection   scores of clips to segments of time
state       where a training stands, on disk
training    from long videos to a trained detector
card        what a detector's folder says of it, without torch
detector    a trained detector on disk
measured    what a detector comes to where segments and atoms are known
finding     what it finds in any video
showcase    what is stored of a detector, so that it can be looked at without torch; storing makes it
near        training clips near each concept
recipe      from videos to a detector's folder
toy         videos made of known atomic actions
"""
