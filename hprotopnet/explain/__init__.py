"""Why a network says what it says about a clip: data, no drawing.

explanation  what an explanation is; reading one needs no torch
boxes        where evidence lies, frame by frame
shares       how much of what speaks for a node comes from one prototype
prototypes   explaining a prototype network
change       what a change of the clip does, level by level
sight        how much of a clip a cell of the grid has really seen
"""
