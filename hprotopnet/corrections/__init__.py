"""A network tuned again without prototypes that a person found to be beside the point.

marks    which prototypes, why and since when: a log that goes from hand to hand
tuning   the head, tuned again on what it reads, with some prototypes silent
figures  what a head is worth on clips of which the similarities are known
correct  all of it: from marks to figures before and after, and to a new bundle
commands what the options of the command `correct` mean

A prototype that is left out keeps its number, its source and its proof; its weight in the head is 0, and stays so
however often the network is corrected. So marks, links and logs stay true, and the old bundle is never touched.
"""
