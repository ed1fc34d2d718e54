"""Why a network says what it says about a clip: data, no drawing.

explanation  what an explanation is; reading one needs no torch
prototypes   making one of a prototype network
"""
