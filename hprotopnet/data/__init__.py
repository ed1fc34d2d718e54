"""Pixels in, batches out; nothing here knows a network.

series      which pictures of a folder are the frames of a film, and their order
pictures    single ones as they are meant to be seen, sizes that are accepted, crops, folders of them as videos
decoding    frames of a file or a folder at given instants, and what it holds; in a process of its own only
opened      a file that is open there, and its frames one after another
messages    what that process and the one that asks say to each other
worker      that process
pool        such processes, kept and watched: they may hang, run out of memory or stop
encoding    files made of frames
video       all of it as others see it: frames at given instants, what a video holds, files
clips       what a clip is, and which instants of a video to look at, in seconds
transforms  frames to network input and back
versions    of the code that turns a video into network input, for all that is kept of its results
groups      what the name of a video tells: that it is one, and which footage it shows
folders     what lies in a folder of class folders, and why some of it is not used
lists       list files, in the forms in which people have them
splits      who is trained on, who chooses, who is tested on
copies      the same footage under several names
dataset     videos in class folders, clips decoded from them
store       where features lie, and which of them count
features    what a frozen backbone makes of clips, computed once and kept
augmented   clips decoded anew each epoch, for training a backbone
"""
