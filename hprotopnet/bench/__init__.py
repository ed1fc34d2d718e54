"""Speed, as ratios to what cannot be avoided.

network  explaining, projecting, training against a bare pass of the backbone
app      the app in a browser
"""
