"""Networks of clips, all (B, 3, T, H, W) -> (B, C, t, h, w), one file a family.

base      what every backbone offers
cpu       the layouts and number formats that are fast on processors
i3d, resnet3d
          the networks of space and time
frames    those of frames that are joined along time: by shift (TSM), and by hourglass as well (H2CN)
inception the same on the I3D's own weights, summed over time
layouts   how others name the layers of networks of frames
pickled, torchfile
          weights that come as pickles, read as arrays and nothing else
published weights that come by address and hash: fetched, checked, converted, kept in the cache
weights   which are published where, by name; the download of the I3D
registry  all of them by name
"""
