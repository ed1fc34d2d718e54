"""Networks: backbones, the prototype layer, and the network that returns its evidence.

backbones/   networks of clips by name; a new one is a file there and a line in `registry`
prototypes   distances and similarities
addon        what the prototypes of each level look at
owners       which node owns which prototype
head         the head tied to the tree
network      backbone -> prototypes -> point in the ball -> probability of every node
loading      weights from files, strictly
precision    one precision of arithmetic for a whole run
familiarity  whether a clip is like anything that was trained on
kinetics     published networks with their 400 classes; labels are the classes' names
"""
