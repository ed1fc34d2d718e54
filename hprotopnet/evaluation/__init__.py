"""What answers are worth.

metrics      arrays in, numbers out; a new figure of merit goes here
evidence     is an explanation of one clip true?
prototypes   are prototypes what they are said to be?
calibration  how sure a network may be
predictions  a network's answers to clips, and every figure of them
"""
