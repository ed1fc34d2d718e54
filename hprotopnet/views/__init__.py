"""Explanations and figures made readable: in words, pictures, charts, on paper, as files. Knows no streamlit.

words        numbers and answers as people read them
render       pictures from arrays
sight        what a cell has really seen, as a frame and in words
fonts        letters of any script in pictures
waterfall    how contributions add up to what decides
sheet        one sheet a level
report       a folder of all of it

film         what the player shows, as data; scenes makes it of explanations, recoded of any video
player       the player itself (player.js, player.css) and a page that plays by itself

scores       what a bundle's answers are worth, as rows of tables
gallery      clips to choose from: which are wanted, in which order, how right each answer is
corrections  what a correction changed, as tables
findings     what studies wrote, told apart and checked
overlays     what can be laid over the disk of a network
bars         values as bars with names
charts       what all charts share, and their door to plotly; by shape these are
             dots (values with intervals), curves (lines and bars) and confusion (the matrix)
study_charts rows and charts of findings
"""
