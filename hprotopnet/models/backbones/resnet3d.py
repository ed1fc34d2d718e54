"""3D ResNets of 18 layers: Tran et al., "A Closer Look at Spatiotemporal Convolutions" (CVPR 2018).

R3D-18, MC3-18 and R(2+1)D-18 in torchvision's form, with torchvision's names, so that its Kinetics weights fit.
Departure: no classifier unless it is asked for, and any width.
"""

from functools import partial

from torch import Tensor, nn

from hprotopnet.data.transforms import Normalisation
from hprotopnet.models.backbones.base import Backbone, check_cut, layers_of, outputs_at
from hprotopnet.models.backbones.cpu import Conv3d, ReLU, in_float32, with_fast_layout

STAGES = ("layer1", "layer2", "layer3", "layer4")
KINDS = {
    "r3d_18": ("3d", "3d", "3d", "3d"),
    "mc3_18": ("3d", "2d", "2d", "2d"),
    "r2plus1d_18": ("2plus1d", "2plus1d", "2plus1d", "2plus1d"),
}


class ResNet3D(Backbone):
    """A stem and four stages of two residual blocks.

    `KINDS` names the convolution of each stage: "3d" (3 x 3 x 3), "2d" (1 x 3 x 3, time untouched) or "2plus1d"
    (1 x 3 x 3 then 3 x 1 x 1). `width` is the channels of the first stage, 64 in torchvision.
    """

    version = 1
    cuts = STAGES
    normalisation = Normalisation((0.43216, 0.394666, 0.37645), (0.22803, 0.22145, 0.216989))

    def __init__(self, name: str, cut: str | None = None, width: int = 64):
        super().__init__()
        self.name, self.cut, kinds = name, check_cut(name, cut or STAGES[-1], self.cuts), KINDS[name]
        self.stem = _factored_stem(width) if kinds[0] == "2plus1d" else _stem(width)
        self.stride, named, inputs, self.parts = (1, 2, 2), layers_of(self.cut), width, {}
        self.shifts = {}  # each halving takes every second cell of as many on either side, the first one first
        for index, kind in enumerate(kinds[: STAGES.index(named[-1]) + 1]):
            channels = width * 2**index
            self._append(STAGES[index], kind, inputs, channels, 1 if index == 0 else 2)
            inputs = channels
            if STAGES[index] in named:
                self.parts[STAGES[index]] = channels
                self.shifts[STAGES[index]] = tuple((1 - stride) / 2 for stride in self.stride)
        self._initialise()

    def _append(self, stage: str, kind: str, inputs: int, channels: int, step: int) -> None:
        self.add_module(stage, nn.Sequential(Block(kind, inputs, channels, step), Block(kind, channels, channels, 1)))
        self.stride = tuple(a * b for a, b in zip(self.stride, _steps(kind, step), strict=True))

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, clips: Tensor) -> Tensor:
        stages = ((name, stage) for name, stage in self.named_children() if name in ("stem", *STAGES))
        steps = ((name, partial(in_float32, stage) if name == STAGES[-1] else stage) for name, stage in stages)
        return outputs_at(self.cut, steps, with_fast_layout(clips))

    def is_dropped(self, key: str) -> bool:
        layer = key.split(".")[0]
        return layer in (*STAGES, "fc") and layer not in self._modules


class KineticsResNet3D(ResNet3D):
    """The whole network: (B, 3, T, H, W) -> logits (B, 400) of Kinetics-400, of features averaged over the grid."""

    def __init__(self, name: str, width: int = 64):
        super().__init__(name, width=width)
        self.fc = nn.Linear(self.channels, 400)

    def forward(self, clips: Tensor) -> Tensor:
        return self.fc(super().forward(clips).mean(dim=(2, 3, 4)))


class Block(nn.Module):
    """Two convolutions beside a shortcut: torchvision's BasicBlock."""

    def __init__(self, kind: str, inputs: int, outputs: int, step: int):
        super().__init__()
        between = (inputs * outputs * 27) // (inputs * 9 + 3 * outputs)  # (2+1)D with the parameters of 3D
        first, second = (
            _convolution(kind, inputs, outputs, between, step),
            _convolution(kind, outputs, outputs, between),
        )
        self.conv1 = nn.Sequential(first, nn.BatchNorm3d(outputs), ReLU())
        self.conv2 = nn.Sequential(second, nn.BatchNorm3d(outputs))
        self.relu = ReLU()
        self.downsample = None
        if step != 1 or inputs != outputs:
            shortcut = Conv3d(inputs, outputs, 1, _steps(kind, step), bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm3d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(self.conv2(self.conv1(x)) + shortcut)


def r3d_18(cut: str | None = None, width: int = 64) -> ResNet3D:
    """3 x 3 x 3 convolutions throughout: 512 x 2 x 7 x 7 for 16 x 112 x 112."""
    return ResNet3D("r3d_18", cut, width)


def mc3_18(cut: str | None = None, width: int = 64) -> ResNet3D:
    """3D convolutions first, 2D ones from the second stage on; time keeps its full resolution."""
    return ResNet3D("mc3_18", cut, width)


def r2plus1d_18(cut: str | None = None, width: int = 64) -> ResNet3D:
    """Every 3D convolution factored into one over space and one over time."""
    return ResNet3D("r2plus1d_18", cut, width)


def _steps(kind: str, step: int) -> tuple[int, int, int]:
    return (1 if kind == "2d" else step, step, step)


def _convolution(kind: str, inputs: int, outputs: int, between: int, step: int = 1) -> nn.Module:
    if kind == "2plus1d":
        return nn.Sequential(
            Conv3d(inputs, between, (1, 3, 3), (1, step, step), (0, 1, 1), bias=False),
            nn.BatchNorm3d(between),
            ReLU(),
            Conv3d(between, outputs, (3, 1, 1), (step, 1, 1), (1, 0, 0), bias=False),
        )
    depth = 1 if kind == "2d" else 3
    return Conv3d(inputs, outputs, (depth, 3, 3), _steps(kind, step), (depth // 2, 1, 1), bias=False)


def _stem(width: int) -> nn.Sequential:
    convolution = Conv3d(3, width, (3, 7, 7), (1, 2, 2), (1, 3, 3), bias=False)
    return nn.Sequential(convolution, nn.BatchNorm3d(width), ReLU())


def _factored_stem(width: int) -> nn.Sequential:
    between = max(1, 45 * width // 64)  # torchvision's 45 at its width
    return nn.Sequential(
        Conv3d(3, between, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False),
        nn.BatchNorm3d(between),
        ReLU(),
        Conv3d(between, width, (3, 1, 1), 1, (1, 0, 0), bias=False),
        nn.BatchNorm3d(width),
        ReLU(),
    )
