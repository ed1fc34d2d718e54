"""Post-hoc attribution: which pixels of which frames does an answer rest on, asked of any network, after it was given.

attribution  what an attribution is, as data
subject      a network as methods see it: clips in, a score for every target out
method       what every method is made of: one signature
alone        a network that nobody else has, for methods that hang hooks on it
pixels       what methods share that ask for the gradient of pixels
gradients, gradient_input, integrated, smooth
             gradients of pixels, by captum
gradcam      features of the last grid, by captum
prototypes   the evidence of a network of prototypes itself
ep2d, ep3d, step
             masks that keep, or take away, what an answer rests on: extremal perturbations, which share
asked        what is asked of them
masks        grids drawn smoothly over the picture, and the terms of areas and of smoothness
pyramid      clips with some of them taken away
problem      how well a mask keeps or takes away what a target rests on
search       how masks are sought, by the published schedule or the project's
extremal     the way from what is asked to masks and figures
networks     published networks that can be asked, and the clips that they see
methods      all of them by name, and the one verb that asks any of them; a new one is a file and a line there
kept         what was made once, in the user's cache

Only this room knows captum.
"""
