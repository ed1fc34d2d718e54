"""3D networks, all (B, 3, T, H, W) -> (B, C, t, h, w), one file a family.

base      what every backbone offers
cpu       the layouts and number formats that are fast on processors
i3d, resnet3d
          the networks
weights   published weights: where they come from, and the cache they lie in
registry  all of them by name
"""
