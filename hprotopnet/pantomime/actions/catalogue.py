"""The 36 actions, one entry each, by grandparent.

A pose is a function of a `Moment`, which has two channels, u and v, each between 0 and 1. An action *moves* one of them
or both; a channel that does not move stays where the clip's draw put it, and that draw has the distribution a moving
channel has over time. Two siblings that share pose and props and differ in the channel they move therefore look alike
in any single frame: only the motion tells them apart. There is such a pair in every family.
"""

from hprotopnet.pantomime.actions import exercise, household, music, sports
from hprotopnet.pantomime.actions.action import Action, Moment

__all__ = ["ACTIONS", "Action", "Moment"]

ACTIONS: dict[str, Action] = {
    action.label: action for action in (*sports.ACTIONS, *music.ACTIONS, *exercise.ACTIONS, *household.ACTIONS)
}
