"""A trained network on disk, with everything that is needed to explore it.

inside      files of a bundle, and none outside of it
description what is read of model.json besides configuration and tree
laws        what stored files must obey to be those of their bundle
bundle      the folder, read and written strictly
replacing   a folder replaced by renaming: the old one or the new one, whole
provenance  where its prototypes come from, and the proof
answers     what it answers to each test clip
similarities
            what its prototypes find in all clips, for tuning its head again
traces      what a network says about a film from moment to moment
showcase    explanations stored beforehand
export      what a training run came to, written as a bundle
"""
