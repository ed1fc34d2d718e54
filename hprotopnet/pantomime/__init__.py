"""Pantomime: rendered videos of 36 actions in which the cue of every level's answer is known to the pixel.

It is built like a small animation studio, and reads in this order:

    stage      metres, the picture plane, cue bits
    look       what the clips of one group share: skin, clothes, wall, light
    shapes     capsules, discs, boxes: parts with colour, depth and cue bits
    figure     a jointed actor, posed by where hands and feet are
    instruments, games, rides
               what an actor plays, what is thrown or swung, what carries an actor
    props      all of it by name, and what an actor holds in the hand or wears
    canvas     a picture painted in metres: what backdrops are made of
    settings   the neutral room, and what tells the grandparent, painted once a clip
    surfaces   a package: what tells the parent, painted over it; only ripples and flakes move
    apparatus  what of the parent stands at the actor itself
    actions    a package: the 36 actions, one declarative entry each, and the motion primitives they are made of
    camera     pan, zoom and shake
    spec       everything random about a clip, drawn once from (seed, class, group, number)
    rendering  spec -> frames and masks, also without a cue or with another branch's
    truth      masks and visibility beside the videos
    stories    reveal stories and untrimmed videos
    annotating what happens in untrimmed videos and when, down to motion primitives
    crew       work shared between processes
    writing    a data set in the layout of UCF-101
    rendered   the data set of a recipe, in the cache
    conditions clips with cues left out, alone or swapped
    degraded   clips that show less: also cut short, or with regions hidden
    contact    the contact sheet
    shipped    the clips and stories that come with the project

A new class is a pose and an entry of a few lines in `actions/`, and a row of the tree
`assets/hierarchies/pantomime.csv`.

A figure stands at x = 0 on the floor y = 0; x runs to the right, y up, z towards the viewer, in metres.
"""
