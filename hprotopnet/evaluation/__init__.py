"""What answers are worth.

resampling   how far a figure may be trusted: whole groups drawn again
metrics      arrays in, numbers out; a new figure of merit goes here
evidence     is an explanation of one clip true?
attributions is a map of a clip true, and is it one thing or another?
curves       what becomes of a score while a clip goes or comes, cell by cell
prototypes   are prototypes what they are said to be?
rivals       the same probabilities read otherwise, at no cost
selective    what is gained by saying less: fewer answers, or broader ones
teaching     which clips show most about networks
mistakes     right at which level, and how severe, as functions of how often each clip counts
published    what the paper reports
calibration  how sure a network may be
clusters     how well clusters agree with known kinds
detection    how good detections in time are
detection_errors
             and what is wrong with them
predictions  a network's answers to clips, and every figure of them
"""
