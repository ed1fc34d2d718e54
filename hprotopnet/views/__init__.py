"""Explanations made readable: in words, pictures, on paper, as files. Knows no streamlit.

words      numbers and answers as people read them
render     pictures from arrays
fonts      letters of any script in pictures
waterfall  how contributions add up to what decides
sheet      one sheet a level
report     a folder of all of it
"""
