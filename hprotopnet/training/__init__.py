"""From a configuration and a folder of videos to a trained network.

losses      the terms of the objective
mixing      clips mixed of two, which volumes is learnt
projection  prototypes onto training patches
state       where a run stands, on disk
initialise  where it starts from
stages      the stages one after the other
identity    what makes a run this one and no other, for going on with it
run         a whole run
"""
