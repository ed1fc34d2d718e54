"""Strict loading: a module takes exactly its own state, and says what differs."""

import json

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from hprotopnet.errors import InputError
from hprotopnet.models.loading import load_strictly, read_shapes, read_tensors


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(2, 3), nn.Linear(3, 1, bias=False)
        self.register_buffer("owners", torch.tensor([0, 1]))


def refusal(tensors, **settings) -> str:
    net = Net()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    with pytest.raises(InputError) as caught:
        load_strictly(net, tensors, "file", "make it again", **settings)
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("file: ")
    return str(caught.value)


def test_everything_that_differs_is_listed():
    tensors = Net().state_dict()
    del tensors["body.bias"]
    tensors["surplus"] = torch.zeros(1)
    tensors["body.weight"] = torch.zeros(3, 3)
    tensors["head.weight"] = tensors["head.weight"].double()
    message = refusal(tensors)
    for part in ("-body.bias", "+surplus", "body.weight (3, 3) for (3, 2)", "head.weight float64 for float32", "again"):
        assert part in message


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_numbers_that_are_not_finite_are_refused(value):
    tensors = Net().state_dict()
    tensors["body.weight"] = torch.full((3, 2), value)
    assert "body.weight is not finite" in refusal(tensors)


def test_what_is_known_beforehand_must_be_the_same():
    tensors = Net().state_dict() | {"owners": torch.tensor([1, 0])}
    assert "owners has other values" in refusal(tensors, known=("owners",))
    net = Net()
    load_strictly(net, tensors, "file", "make it again")
    assert net.owners.tolist() == [1, 0]


def test_what_comes_from_elsewhere_is_neither_asked_for_nor_taken():
    tensors = Net().state_dict()
    assert "+body.bias, +body.weight" in refusal(tensors, without=("body.",))
    rest = {name: tensor for name, tensor in tensors.items() if not name.startswith("body.")}
    net = Net()
    load_strictly(net, rest, "file", "make it again", without=("body.",))
    assert torch.equal(net.head.weight, tensors["head.weight"])


def test_many_differences_are_counted():
    message = refusal(Net().state_dict() | {f"x{i:02d}": torch.zeros(1) for i in range(20)})
    assert message.count("+x") == 12
    assert "and 8 more" in message


@pytest.mark.parametrize("content", [b"", b"\x80\x04no tensors", None])
def test_a_broken_or_absent_file_is_named(content, tmp_path):
    if content is not None:
        (tmp_path / "w.safetensors").write_bytes(content)
    with pytest.raises(InputError, match=r"w\.safetensors: .*check the path"):
        read_tensors(tmp_path / "w.safetensors", "check the path")
    save_file(Net().state_dict(), tmp_path / "w.safetensors")
    assert read_tensors(tmp_path / "w.safetensors", "").keys() == Net().state_dict().keys()


def head(claims: object, length: int | None = None) -> bytes:
    text = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text


ONE = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (head(b"{}", 10**9), "no head"),
        (head(b"{}", 2**63), "no head"),
        (head([]), "the whole is []"),
        (head({"a": ONE}), "do not fill it"),
        (head({"a": ONE, "b": ONE}) + b"abcd", "do not fill it"),
        (head({"a": ONE}) + b"abcde", "do not fill it"),
        (head({"a": ONE | {"shape": [-1]}}) + b"abcd", "no tensor"),
        (head({"a": ONE | {"shape": [2]}}) + b"abcd", "4 bytes are no tensor"),
        (head({"a": ONE | {"dtype": "F4"}}) + b"abcd", "no tensor of F4"),
        (head({"a": ONE | {"data_offsets": [10**400, 10**400 + 4]}}) + b"abcd", "cannot be read"),
        (head({"a": ONE | {"more": 1}}) + b"abcd", "has no field"),
        (head(b"[" * 10**5), "cannot be read"),
    ],
)
def test_a_head_that_claims_what_is_not_there_is_refused(content, part, tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_tensors(path, "copy it again")
    assert str(caught.value).startswith(f"{path}: cannot be read as safetensors (")
    assert part in str(caught.value)
    assert len(str(caught.value)) < 600


def test_no_more_than_is_expected_is_read(tmp_path):
    path, size = tmp_path / "w.safetensors", 6 * 2**30
    content = head({"big": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}})
    with path.open("wb") as file:
        file.write(content)
        file.truncate(len(content) + size)
    assert read_shapes(path, "") == {"big": (size // 4,)}
    with pytest.raises(InputError, match="take 6144 MB, at most 1 are expected"):
        read_tensors(path, "", most=2**20)
    with pytest.raises(InputError, match="take 6144 MB, at most 4096"):
        read_tensors(path, "")
    assert read_tensors(path, "", without=("big",)) == {}


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int8, torch.bool]
)
def test_tensors_of_every_kind_are_read_as_they_were_saved(dtype, tmp_path):
    saved = {"a": torch.arange(12).reshape(3, 4).to(dtype), "b": torch.zeros(0, 3, dtype=dtype)}
    saved["c"] = torch.tensor(1).to(dtype)
    save_file(saved, tmp_path / "w.safetensors", metadata={"made": "by hand"})
    found = read_tensors(tmp_path / "w.safetensors", "")
    assert found.keys() == saved.keys()
    for name, tensor in found.items():
        assert (tensor.dtype, tensor.shape) == (dtype, saved[name].shape)
        assert torch.equal(tensor, saved[name])
