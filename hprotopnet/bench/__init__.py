"""Speed, as ratios to what cannot be avoided.

network     explaining, projecting, training against a bare pass of the backbone
attribution a row a method, against a forward pass of the network
app         the app in a browser
"""
