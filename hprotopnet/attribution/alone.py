"""A network that nobody else has, of the same weights."""

from copy import deepcopy
from dataclasses import is_dataclass

from torch import nn

from hprotopnet.attribution.subject import Subject


def alone(subject: Subject) -> Subject:
    """A subject of the same weights whose modules are its own, for hooks, modes and gradients that nobody else meets.

    One network is shared between sessions, which look at their clips at the same time: a hook on it would be met by the
    clips of all of them. Nothing of the network itself is changed here, and no weight is copied: parameters are new
    ones, without gradients, over the same numbers.
    """
    known = {id(own): nn.Parameter(own.detach(), requires_grad=False) for own in subject.parameters()}
    known |= {id(own): own for own in subject.buffers()}
    values = (value for module in subject.modules() for value in vars(module).values())
    return deepcopy(subject, known | {id(value): value for value in values if is_dataclass(value)})
