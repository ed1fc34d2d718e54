"""Questions asked of whole networks, each a table in the README.

evaluate      a bundle on a folder of videos
viewed        videos answered from one view, or from thirty
rows          rows of the paper's tables side by side
runs          what their runs work on, and each trained once for all time
faithfulness  does the marked region matter?
pointing      does the evidence lie on the cue?
cues          what is each cue of Pantomime worth?
degraded      what is answered where less is seen?
paying        where does a hierarchy pay?
stories       do answers grow from grandparent to child?
schedules     does seeking masks in a tenth of the time lose anything?
attributed    what an attribution of a video tells besides its values
films         what is said about a film of any length, from window to window, so that it can be gone on with
nodes         what is known of one node, from what lies in a bundle
truth         are explanations true? All of the following, asked at once:
sightings     does all of the evidence lie on the cue, and is it what decides?
prototypes    are prototypes what they are said to be?
causes        does the cue move the evidence?
moments       does evidence come when the cue is seen?
attribution   one clip, every explainer, one truth: methods of attribution and networks' own prototypes
explained     one clip, one explainer, all that is asked of it
kept          the same as a file that grows, and what it takes to fill such files
explainers    what explainers are worth, of what was kept of them
detectors     does the tree help a detector of actions in long videos?
displacement  does the hourglass do what it claims? Small networks that tell twins apart
contestants   those networks, of about equal work and trained alike
twins         clips of siblings that differ in what moves alone, at several displacements a frame
tables        tables of the READMEs, made of the figures; truth_tables, attribution_tables, detector_tables and
              displacement_tables those of four studies
cells         how figures are written in them
backbones     what the networks are: size, work, grid, sight, weights
survival      how much of the I3D's answers is left when it loses time
subjects      networks that can be asked why: published ones by name, this project's by folder
work          how much work a network is: multiplications, parameters, seconds
passes        networks asked about the same frames, by one pass of the backbone
"""
