"""Strict loading: a module takes exactly its own state, and says what differs."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from hprotopnet.errors import InputError
from hprotopnet.models.loading import load_strictly, read_tensors


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
