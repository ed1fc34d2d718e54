"""`python -m hprotopnet COMMAND`, a module a group of commands; `__main__` lists them in the order of its help.

options     options that several commands have, and figures as a file
trees       check, embed
footage     fetch, networks, classify, pantomime
measuring   stories, evaluate, study, displacement, tables, verify, bench
truths      truth, cues, pays, attributions, schedules
detecting   features, detector, detect, showcase, detectors
explaining  explain, attribute, trace, correct

A command imports what it works with when it runs, so that `--help` waits for nothing.
"""
