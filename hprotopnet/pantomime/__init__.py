"""Pantomime: rendered videos of 36 actions in which the cue of every level's answer is known to the pixel.

It is built like a small animation studio, and reads in this order:

    stage      metres, the picture plane, cue bits
    look       what the clips of one group share: skin, clothes, wall, light
    shapes     capsules, discs, boxes: parts with colour, depth and cue bits
    figure     a jointed actor, posed by where hands and feet are
    props      what an actor holds, wears or rides
    scenes     settings (grandparents) and surfaces with their apparatus (parents), painted once a clip
    actions    the 36 actions, one declarative entry each
    camera     pan, zoom and shake
    spec       everything random about a clip, drawn once from (seed, class, group, number)
    rendering  spec -> frames and masks, also without a cue or with another branch's
    truth      masks and visibility beside the videos
    stories    reveal stories and untrimmed videos
    writing    a data set in the layout of UCF-101

A figure stands at x = 0 on the floor y = 0; x runs to the right, y up, z towards the viewer, in metres.
"""
