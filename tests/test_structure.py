"""Plain data to dataclasses: what does not fit is refused in one line, what an older file lacks is filled in."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from hprotopnet.bundles.bundle import find_bundles, open_bundle
from hprotopnet.config import Config
from hprotopnet.errors import InputError
from hprotopnet.files import read_json, write_json
from hprotopnet.hierarchy.tree import SHIPPED
from hprotopnet.structure import structure
from hprotopnet.training.identity import USUAL

PLAIN = json.loads(json.dumps(asdict(Config())))


def changed(path: str, value: object) -> dict:
    """A configuration in which one field has another value."""
    data = json.loads(json.dumps(PLAIN))
    *way, last = path.split(".")
    part = data
    for name in way:
        part = part[int(name)] if name.isdigit() else part[name]
    part[last] = value
    return data


def refusal(data: object, kind: type) -> str:
    with pytest.raises(InputError) as caught:
        structure(data, kind, "model.json", "train it again")
    message = str(caught.value)
    assert message.startswith("model.json: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("path", "value", "parts"),
    [
        ("model.per_node", "3", ["model.per_node is '3'", "a whole number", "train it again"]),
        ("model.per_node", True, ["model.per_node is True", "a whole number"]),
        ("model.per_node", 3.0, ["model.per_node is 3.0", "a whole number"]),
        ("model.per_node", 0, ["per_node is 0", "above 0"]),
        ("model.head", "Embedding", ["model.head is 'Embedding'", "'fc', 'embedding', 'tree'"]),
        ("model.head", ["fc"], ["model.head"]),
        ("model.bandwidth", float("nan"), ["model.bandwidth is nan", "a finite number"]),
        ("model.bandwidth", None, ["model.bandwidth is None"]),
        ("model.curvature", float("inf"), ["model.curvature"]),
        ("model.pretrained", 1, ["model.pretrained is 1", "true or false"]),
        ("model.cut", 4, ["model.cut is 4", "text"]),
        ("model.colour", "red", ["model has no field 'colour'", "per_node"]),
        ("model", None, ["model is None"]),
        ("model", [], ["model is []"]),
        ("clip.fps", 0.0, ["fps is 0.0", "above 0"]),
        ("rendered", 3, ["rendered is 3"]),
        ("rendered", {"seed": "0"}, ["rendered.seed is '0'"]),
        ("classes", "Violin", ["classes is 'Violin'", "a list"]),
        ("classes", ["Violin", 1], ["classes[1] is 1", "text"]),
        ("loss.cluster", {"a": 1}, ["loss.cluster", "a list"]),
        ("stages.0.trains", ["heads"], ["stages[0].trains[0] is 'heads'", "'head'"]),
        ("stages", [{"name": "warm", "epochs": 1}], ["stages[0].trains is missing"]),
        ("a\nb", 1, ["has no field 'a\\nb'"]),
        ("threshold", 2.0, ["threshold is 2.0"]),
    ],
)
def test_a_foreign_configuration_is_refused_by_field(path, value, parts):
    message = refusal(changed(path, value), Config)
    for part in parts:
        assert part in message


@pytest.mark.parametrize("data", [None, [], "Config", 3])
def test_what_is_no_object_is_refused(data):
    assert "not an object of named fields" in refusal(data, Config)


def test_several_misfits_are_counted():
    assert "(and 1 more)" in refusal(changed("model", PLAIN["model"] | {"head": "x", "per_node": "3"}), Config)


def test_an_older_file_gets_the_defaults_of_what_it_lacks():
    assert structure({}, Config, "model.json") == Config()
    older = changed("model", {"backbone": "r3d_18"})
    del older["threshold"]
    assert structure(older, Config, "model.json").model.backbone == "r3d_18"
    assert structure(changed("model.bandwidth", 1), Config, "model.json").model.bandwidth == 1.0


@pytest.mark.parametrize("folder", find_bundles(SHIPPED.parent.parent / "checkpoints"), ids=lambda folder: folder.name)
def test_shipped_configurations_and_prototypes_are_read_to_the_letter(folder):
    bundle = open_bundle(folder)
    clip = {"per_segment": 0, "stretch": 10.0} | bundle.meta["config"]["clip"]  # versions without segments had windows
    stages = [USUAL | stage for stage in bundle.meta["config"]["stages"]]  # they had one way to move and to vary clips
    assert json.loads(json.dumps(asdict(bundle.config))) == bundle.meta["config"] | {"clip": clip, "stages": stages}
    rows = json.loads((folder / "prototypes.json").read_text(encoding="utf-8"))
    rows = [{"frame": None} | row for row in rows]
    assert json.loads(json.dumps([asdict(prototype) for prototype in bundle.prototypes])) == rows


@dataclass(frozen=True, eq=False)
class Measured:
    values: NDArray[np.float32]
    shares: Mapping[str, NDArray[np.float64]]
    box: tuple[int, int] | None = None


def test_arrays_have_the_type_that_is_declared():
    found = structure({"values": [[1, 2], [3, 4]], "shares": {"a": []}, "box": [1, 2]}, Measured, "x")
    assert (found.values.dtype, found.values.shape) == (np.float32, (2, 2))
    assert found.shares["a"].dtype == np.float64
    assert found.box == (1, 2)


@pytest.mark.parametrize("values", [[[1, 2], [3]], ["1"], [None], [True], "12", 3, [float("nan")], {"0": 1}])
def test_what_is_no_array_of_numbers_is_refused(values):
    assert "values is" in refusal({"values": values, "shares": {}}, Measured)
    assert "shares['a'] is" in refusal({"values": [], "shares": {"a": values}}, Measured)


@pytest.mark.parametrize("box", [[1], [1, 2, 3], [1, 2.5], "12", [True, 1]])
def test_a_box_has_its_numbers_and_no_more(box):
    refusal({"values": [], "shares": {}, "box": box}, Measured)


@pytest.mark.parametrize("name", [b"caf\xe9.avi", b"\xff\xfe", "日本 é".encode()])
def test_names_of_files_in_any_encoding_survive_json(name, tmp_path):
    for file in ("names.json", "names.json.gz"):
        write_json(tmp_path / file, {"video": os.fsdecode(name)})
        assert os.fsencode(read_json(tmp_path / file)["video"]) == name


@dataclass(frozen=True)
class Numbers:
    values: tuple[int, ...]
    shares: Mapping[str, float]


@pytest.mark.parametrize("values", [["x"] * 10**6, [None, *range(10**5), None, None, None]])
def test_what_is_wrong_with_a_long_list_is_not_all_collected(values):
    assert "values[0] is" in refusal({"values": values, "shares": {}}, Numbers)
    said = refusal({"values": [], "shares": {str(i): "x" for i in range(10**5)}}, Numbers)
    assert "shares['0'] is 'x'" in said
    assert "(and 2 more)" in said


@pytest.mark.parametrize("name", ["k" * 10**6, "k\n" * 10**5])
def test_names_of_any_length_make_a_short_line(name):
    assert len(refusal({name: 1, "values": [], "shares": {}}, Numbers)) < 300
    assert len(refusal({"values": [], "shares": {name: "x"}}, Numbers)) < 400
    assert len(refusal({"values": name, "shares": {}}, Numbers)) < 300


@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_a_number_too_large_for_a_float_is_named_by_its_field(value):
    assert "shares['a'] is" in refusal({"values": [], "shares": {"a": value}}, Numbers)


def test_text_is_refused_before_it_fills_an_array():
    assert "values is" in refusal({"values": ["x" * 10**6] + ["y"] * 10**6, "shares": {}}, Measured)
    assert "values is" in refusal({"values": [[[[[[[[[[1]]]]]]]]]], "shares": {}}, Measured)


def test_fields_that_are_not_known_may_stand_beside_others_where_it_is_said():
    data = {"values": [1], "shares": {}, "more": {"a": [None]}}
    assert structure(data, Numbers, "x", others=True) == Numbers((1,), {})
    assert "has no field 'more'" in refusal(data, Numbers)
    with pytest.raises(InputError, match=r"x: values\[0\] is None"):
        structure({"values": [None], "shares": {}, "more": 1}, Numbers, "x", others=True)
