"""Post-hoc attribution: which pixels of which frames does an answer rest on, asked of any network, after it was given.

attribution  what an attribution is, as data
subject      a network as methods see it: clips in, a score for every target out
"""
