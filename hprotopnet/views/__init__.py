"""Explanations and figures made readable: in words, pictures, charts, on paper, as files. Knows no streamlit.

words        numbers and answers as people read them
render       pictures from arrays
pairs        a prototype beside what resembles it, in one picture
sight        what a cell has really seen, as a frame and in words
fonts        letters of any script in pictures
waterfall    how contributions add up to what decides
sheet        one sheet a level
report       a folder of all of it

account      what all exports of an explanation share; exports lists their forms, and these are
             offline (a page that plays with the network cut: .html, .css, .js), moving (GIF, MP4), numbers (CSV) and
             figures (the disk, the pairs of clips), drawn on a plate, which is written as SVG and as pixels alike
maps         the disk that can be clicked on as a plate
cards        plates on which photographs move, as GIF and MP4

film         what the player shows, as data; scenes makes it of explanations, recoded of any video
player       the player itself (player.js, player.css), and data as pages hold them
traced       what lies under a film that was traced; timeline is one picture of it, film_report all of it as files
detected     what lies under a film in which actions were detected; concepts (of what they are made) and
             detection_errors (what is wrong with what was found) have charts

attributed   an attribution beside the clip, as GIF and MP4; attribution_report all of it as files
attribution  maps of several methods beside each other: how far they agree, and what a true cue says

scores       what a bundle's answers are worth, as rows of tables
gallery      clips to choose from: which are wanted, in which order, how right each answer is
corrections  what a correction changed, as tables
evaluated    answers that evaluate wrote, for the gallery
duel         two networks side by side, as sentences and figures
findings     what studies wrote, told apart and checked
overlays     what can be laid over the disk of a network
bars         values as bars with names
charts       what all charts share, and their door to plotly; by shape these are
             dots (values with intervals), curves (lines and bars) and confusion (the matrix)
explainer_charts charts of what explainers are worth
detector_charts  the same of detectors
study_charts rows and charts of findings
"""
