"""Explanations made readable: in words, pictures, on paper, as files. Knows no streamlit.

words    numbers and answers as people read them
render   pictures and figures from arrays
sheet    one sheet a level
report   a folder of all of it
"""
