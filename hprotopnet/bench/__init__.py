"""Speed, as ratios to what cannot be avoided.

network     explaining, projecting, training against a bare pass of the backbone
attribution a row a method, against a forward pass of the network
temporal    the terms of a detector's loss, against the published loop
app         the app in a browser
"""
