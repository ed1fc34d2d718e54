"""Files of torch's are read as arrays, in both of their forms, and nothing of what they say is run."""

import io
import os
import pickle
import zipfile
from collections import OrderedDict
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from hprotopnet.errors import InputError
from hprotopnet.models.backbones.resnet3d import KineticsResNet3D
from hprotopnet.models.backbones.torchfile import BEGINNING, KINDS, read_torch_file

FORMS = {"archive": True, "sequence": False}


@pytest.fixture(params=FORMS)
def write(request, tmp_path):
    """Writes a file in one of torch's two forms."""

    def written(value: object) -> Path:
        path = tmp_path / "net.pth"
        torch.save(value, path, _use_new_zipfile_serialization=FORMS[request.param])
        return path

    return written


def assert_same(found: dict[str, np.ndarray], state: dict[str, torch.Tensor]) -> None:
    assert list(found) == list(state)
    for name, tensor in state.items():
        assert found[name].dtype == tensor.numpy().dtype, name
        np.testing.assert_array_equal(found[name], tensor.numpy(), err_msg=name)


def test_a_network_comes_back_with_its_metadata_left_behind(write):
    state = KineticsResNet3D("mc3_18", width=2).state_dict()
    assert state._metadata
    assert_same(read_torch_file(write(state)), state)


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_of_every_kind(write, kind):
    dtype = torch.from_numpy(np.zeros(0, KINDS[kind])).dtype
    state = {"a": torch.arange(6).reshape(2, 3).to(dtype), "scalar": torch.tensor(1).to(dtype)}
    assert_same(read_torch_file(write(state)), state)


def test_part_of_a_storage_is_cut_from_it(write):
    base = torch.arange(24.0).reshape(4, 6)
    state = {"rows": base[1:3], "cell": base[3, 2], "thin": base[2:3, :]}
    assert_same(read_torch_file(write({name: state[name] for name in ("rows",)})), {"rows": state["rows"]})
    assert_same(read_torch_file(write({"cell": state["cell"]})), {"cell": state["cell"]})
    assert_same(read_torch_file(write({"thin": state["thin"]})), {"thin": state["thin"]})


def test_tensors_may_lie_deeper_and_beside_other_things(write):
    state = {"module.a": torch.ones(2)}
    path = write({"epoch": 3, "arch": "net", "state_dict": state, "best": [0.5, None, True]})
    picked = read_torch_file(path, lambda tree: {name[7:]: own for name, own in tree["state_dict"].items()})
    assert_same(picked, {"a": state["module.a"]})
    with pytest.raises(InputError, match=r"net\.pth: .*other than tensors.*get it again"):
        read_torch_file(path)


@pytest.mark.parametrize(
    ("tensor", "said"),
    [
        (torch.arange(6.0).reshape(2, 3).T, "do not lie in order"),
        (torch.zeros(1).expand(5), "do not lie in order"),
        (torch.zeros(1).expand(10**9), "do not lie in order"),
    ],
)
def test_tensors_that_are_more_than_their_numbers_are_refused(write, tensor, said):
    with pytest.raises(InputError, match=said):
        read_torch_file(write({"a": tensor}))


def test_many_tensors_of_few_numbers_are_refused(write):
    base = torch.zeros(1000)
    with pytest.raises(InputError, match="claim more than there is"):
        read_torch_file(write({str(i): base[:1] for i in range(50)}))


class Payload:
    """Calls something when it is unpickled."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def payloads(marker: Path) -> dict[str, object]:
    code = f"open({str(marker)!r}, 'w')"
    return {
        "os.system": Payload(os.system, f"touch {marker}"),
        "eval": Payload(eval, code),
        "partial": partial(eval, code),
        "torch.load": Payload(torch.load, str(marker)),
        "torch.hub": Payload(torch.hub.load, str(marker)),
        "a module": torch.nn.Linear(1, 1),
        "a parameter": torch.nn.Parameter(torch.zeros(1)),
        "Path": marker,
    }


@pytest.mark.parametrize("name", list(payloads(Path("x"))))
def test_code_in_a_file_is_refused_before_it_runs(write, name, tmp_path):
    hostile = OrderedDict(a=torch.zeros(2), b=payloads(tmp_path / "ran")[name])
    with pytest.raises(InputError, match=r"net\.pth: refused: it names .* only arrays of numbers are admitted"):
        read_torch_file(write(hostile))
    assert not (tmp_path / "ran").exists()


def test_what_a_pickle_does_to_what_it_is_given_stays_in_it(write, tmp_path):
    """Attributes can be set on whatever is named; the next file must be read as if that had not happened."""
    good = {"a": torch.ones(2)}
    rebuilt = b"ctorch._utils\n_rebuild_tensor_v2\n"
    spoiling = b"\x80\x02" + rebuilt + b"N}X\x0c\x00\x00\x00__defaults__)s\x86b."
    with zipfile.ZipFile(tmp_path / "spoiling.pth", "w") as archive:
        archive.writestr("net/data.pkl", spoiling)
    with pytest.raises(InputError):
        read_torch_file(tmp_path / "spoiling.pth")
    assert_same(read_torch_file(write(good)), good)


def sequence(*parts: object, numbers: bytes = b"") -> bytes:
    return b"".join(pickle.dumps(part, 2) for part in parts) + numbers


SYSTEM = {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no pickle at all",
        b"PK\3\4 no archive",
        b"\x80\x02",
        sequence(1, 2, SYSTEM, {}, []),
        sequence(BEGINNING[0], 1002, SYSTEM, {}, []),
        sequence(*BEGINNING, SYSTEM | {"little_endian": False}, {}, []),
        sequence(*BEGINNING, SYSTEM, {}, ["0"]),
        sequence(*BEGINNING, SYSTEM, {"a": 1}, []),
        sequence(*BEGINNING, SYSTEM, [1], []),
        sequence(*BEGINNING, SYSTEM, {}),
    ],
)
def test_what_is_no_file_of_torch_is_refused_in_one_line(content, tmp_path):
    (tmp_path / "net.pth").write_bytes(content)
    with pytest.raises(InputError, match=r"net\.pth: not a readable file of torch's \(.*get it again") as caught:
        read_torch_file(tmp_path / "net.pth")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_cut_short_anywhere_is_refused(write):
    path = write({"a": torch.arange(300.0), "b": torch.ones(3)})
    content = path.read_bytes()
    for end in range(0, len(content) - 1, 97):
        path.write_bytes(content[:end])
        with pytest.raises(InputError):
            read_torch_file(path)


def test_archives_are_not_unpacked(tmp_path):
    torch.save({"a": torch.zeros(10)}, tmp_path / "net.pth")
    packed = io.BytesIO()
    with zipfile.ZipFile(tmp_path / "net.pth") as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    (tmp_path / "net.pth").write_bytes(packed.getvalue())
    with pytest.raises(InputError, match="packed in another way"):
        read_torch_file(tmp_path / "net.pth")
