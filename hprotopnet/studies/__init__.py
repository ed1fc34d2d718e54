"""Questions asked of whole networks, each a table in the README.

evaluate      a bundle on a folder of videos
rows          rows of the paper's tables side by side
faithfulness  does the marked region matter?
pointing      does the evidence lie on the cue?
cues          what is each cue of Pantomime worth?
degraded      what is answered where less is seen?
paying        where does a hierarchy pay?
together      networks asked about the same frames
stories       do answers grow from grandparent to child?
"""
