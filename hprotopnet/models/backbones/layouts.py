"""Networks of frames as others write them: their names of layers, and ours for these, as a table.

TSN, TSM, TDN and H2CN come from one code base: a ResNet of frames within a network of segments, spread over several
GPUs. Kernels there have no axis of time. TDN's own layers, which compare features of neighbouring frames, exist in no
network here, so that its files are told apart by them and do not fit.
"""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

NAMES = (  # what stands in their names, in this order, and what stands there here
    (r"^module\.", ""),  # of a network spread over several GPUs
    (r"^base_model\.", ""),  # the network of frames within
    (r"^new_fc\.", "fc."),  # its classes
    (r"^(layer\d\.\d+\.conv1)\.net\.", r"\1."),  # TSM: a convolution of shifted features
    (r"^layer(\d)_bak\.", r"layer\1."),  # TDN and H2CN
    (r"\.mtdin\.conv1\.", ".clip_hourglass.squeeze."),  # H2CN, from here on
    (r"\.mtdin\.bn1\.", ".clip_hourglass.bn1."),
    (r"\.mtdin\.conv2\.", ".clip_hourglass.hourglass.wide."),
    (r"\.mtdin\.convt\.weight$", ".clip_hourglass.hourglass.taps"),
    (r"\.mtdin\.conv3\.", ".clip_hourglass.expand."),
    (r"\.mtdin\.bn3\.", ".clip_hourglass.bn2."),
    (r"^fhgc(\d)\.0\.spaAgg\.", r"motion.hourglass\1.wide."),
    (r"^fhgc(\d)\.0\.convt\.weight$", r"motion.hourglass\1.taps"),
    (r"^fhgc(\d)\.1\.", r"motion.bn\1."),
    (r"^conv_fhgc\.0\.", "motion.conv."),
    (r"^conv_fhgc\.1\.", "motion.bn."),
)
UNUSED = ("conv1_temp.",)  # beginnings of names: of H2CN's layer that takes no part
NORMS = ((r"(^|\.)conv(\d)\.bias$", r"\1bn\2."), (r"\.downsample\.0\.bias$", ".downsample.1."))  # after a convolution
COUNTER = "num_batches_tracked"  # of a normalisation; torch had none before its version 0.4.1


def ours(name: str) -> str:
    """What a tensor is called here, of whatever name."""
    for theirs, own in NAMES:
        name = re.sub(theirs, own, name)
    return name


def translated(tensors: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors in one of the published layouts under our names and in the shapes of `state`, a network's own.

    Kernels gain an axis of time. A bias before a normalisation, as TDN and H2CN have it, goes into the mean that is
    taken off there: the same function. Counters that lack are 0. What is not known stays as it is.
    """
    found: dict[str, Tensor] = {}
    for theirs, tensor in tensors.items():
        name = ours(theirs)
        if not name.startswith(UNUSED):
            found[theirs if name in found else name] = tensor
    shaped = {name: _shaped(tensor, state.get(name)) for name, tensor in found.items()}
    means = {name.removesuffix("running_mean") for name in found if name.endswith("running_mean")}
    counters = {name: torch.zeros_like(own) for name, own in state.items() if name.removesuffix(COUNTER) in means}
    return counters | _without_biases(shaped, state)


def _shaped(tensor: Tensor, own: Tensor | None) -> Tensor:
    """A tensor with the axes of our own: a kernel of frames, or one along time alone."""
    if own is None or tensor.shape == own.shape:
        return tensor
    if tensor.dim() == 4 and own.dim() == 5:
        return tensor.unsqueeze(2)
    if own.dim() == 3 and tensor.shape == (own.shape[0] * own.shape[1], 1, own.shape[2], 1, 1):
        return tensor.reshape(own.shape)  # a group a channel, its filters side by side
    return tensor


def _without_biases(tensors: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    found = dict(tensors)
    for name in tensors.keys() - state.keys():
        for pattern, norm in NORMS:
            mean = re.sub(pattern, norm, name) + "running_mean"
            if re.search(pattern, name) and mean in found and found[mean].shape == tensors[name].shape:
                found[mean] = found[mean] - found.pop(name)
    return found
