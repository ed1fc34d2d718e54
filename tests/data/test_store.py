"""The file of features and its index: what is half there does not count, and several may write."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from hprotopnet.data.store import FeatureStore

ROOT = Path(__file__).resolve().parents[2]
PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}


def test_rows_without_a_line_in_the_index_do_not_count(tmp_path):
    store = FeatureStore(tmp_path, (1, 1, 1, 1))
    store.append("a", [0.0], np.array([[[[[1.0]]]]]))
    with open(tmp_path / "features.bin", "ab") as file:
        file.write(b"half a row")
    again = FeatureStore(tmp_path, (1, 1, 1, 1))
    again.append("b", [0.0], np.array([[[[[2.0]]]]]))
    assert FeatureStore(tmp_path, (1, 1, 1, 1)).array().ravel().tolist() == [1, 2]


def value(row: float) -> np.ndarray:
    return np.full((1, 1, 1, 1, 1), row, np.float32)


def stored(folder: Path) -> dict[str, list[float]]:
    store = FeatureStore(folder, (1, 1, 1, 1))
    return {name: store.array()[row.first : row.end].ravel().tolist() for name, row in store.index.items()}


def test_rows_that_are_cut_off_do_not_count_and_never_come_back_as_others(tmp_path):
    store = FeatureStore(tmp_path, (1, 1, 1, 1))
    store.append("a", [0.0], value(1))
    store.append("b", [0.0, 1.0], np.concatenate([value(2), value(3)]))
    store.append("c", [0.0], value(4))
    os.truncate(tmp_path / "features.bin", 2 * 4 + 1)
    assert stored(tmp_path) == {"a": [1]}
    again = FeatureStore(tmp_path, (1, 1, 1, 1))
    for number, name in enumerate("defc"):
        again.append(name, [0.0], value(10 + number))
        assert stored(tmp_path) == {"a": [1]} | {own: [10 + i] for i, own in enumerate("defc"[: number + 1])}


def spoil(folder: Path, row: int, content: bytes) -> None:
    with open(folder / "features.bin", "r+b") as file:
        file.seek(4 * row)
        file.write(content)


def without_checksums(folder: Path) -> None:
    lines = [json.loads(line) for line in filter(None, (folder / "index.jsonl").read_text().splitlines())]
    lines = [{name: own for name, own in line.items() if name != "crc"} for line in lines]
    (folder / "index.jsonl").write_text("".join(f"\n{json.dumps(line)}" for line in lines))


@pytest.mark.parametrize("content", [bytes(4), bytes(8), np.float32(np.nan).tobytes(), np.float32(7).tobytes()])
@pytest.mark.parametrize("row", [1, 3])
def test_rows_that_are_not_what_was_stored_are_stored_again(tmp_path, row, content):
    store = FeatureStore(tmp_path, (1, 1, 1, 1))
    for number, name in enumerate("abcd", start=1):
        store.append(name, [0.0], value(number))
    whole = stored(tmp_path)
    spoil(tmp_path, row, content[: 4 * (4 - row)])
    store = FeatureStore(tmp_path, (1, 1, 1, 1))
    store.forget_spoilt("abcd")
    gone = set("abcd") - store.index.keys()
    assert gone == set("abcd"[row : row + max(1, len(content[: 4 * (4 - row)]) // 4)])
    FeatureStore(tmp_path, (1, 1, 1, 1)).append("e", [0.0], value(5))  # what others add brings no spoilt row back
    for name in sorted(gone):
        store.append(name, [0.0], value("abcd".index(name) + 1))
    assert stored(tmp_path) == whole | {"e": [5]}
    again = FeatureStore(tmp_path, (1, 1, 1, 1))
    again.forget_spoilt("abcde")
    assert again.index.keys() == set("abcde")


@pytest.mark.parametrize(("content", "gone"), [(0.0, "b"), (np.nan, "b"), (np.inf, "b"), (7.0, "")])
def test_rows_of_an_earlier_version_are_known_by_their_numbers_alone(tmp_path, content, gone):
    store = FeatureStore(tmp_path, (1, 1, 1, 1))
    for number, name in enumerate("abc", start=1):
        store.append(name, [0.0], value(number))
    without_checksums(tmp_path)
    spoil(tmp_path, 1, np.float32(content).tobytes())
    store = FeatureStore(tmp_path, (1, 1, 1, 1))
    store.forget_spoilt(["a", "b", "c", "never stored"])
    assert set("abc") - store.index.keys() == set(gone)


@pytest.mark.parametrize(
    "line",
    [
        '{"video": "x", "first": 0, "sta',
        '{"video": "x", "first": 0}',
        '{"video": "x", "first": 0, "starts": 5}',
        '{"video": "x", "first": 0, "starts": []}',
        '{"video": "x", "first": 0, "starts": ["soon"]}',
        '{"video": "x", "first": 0.5, "starts": [0.0]}',
        '{"video": "x", "first": -1, "starts": [0.0]}',
        '{"video": 1, "first": 0, "starts": [0.0]}',
        '{"video": "x", "first": 7, "starts": [0.0]}',
        '{"video": "x", "first": 1, "starts": [0.0], "crc": [1]}',
        '["video", "first", "starts"]',
        "5",
        "\xff",
    ],
)
def test_lines_that_are_torn_or_foreign_do_not_count(line, tmp_path):
    FeatureStore(tmp_path, (1, 1, 1, 1)).append("a", [0.0], value(1))
    with open(tmp_path / "index.jsonl", "ab") as file:
        file.write(f"\n{line}".encode("latin-1"))
    assert stored(tmp_path) == {"a": [1]}
    store = FeatureStore(tmp_path, (1, 1, 1, 1))
    for name in "bcdefgh":
        store.append(name, [0.0], value(ord(name)))
    assert stored(tmp_path) == {"a": [1]} | {name: [ord(name)] for name in "bcdefgh"}


WRITER = """
import sys
from pathlib import Path
import numpy as np
from hprotopnet.data.store import FeatureStore
store = FeatureStore(Path(sys.argv[1]), (1, 1, 1, 1))
print("ready", flush=True)
sys.stdin.readline()
for number in range(100):
    rows = np.full((1 + number % 3, 1, 1, 1, 1), number, np.float32)
    store.append(str(number), [float(start) for start in range(len(rows))], rows)
"""


def test_two_processes_that_add_the_same_videos_end_with_one_right_store(tmp_path):
    both = [subprocess.Popen([sys.executable, "-c", WRITER, tmp_path], **PIPES) for _ in range(2)]
    assert [one.stdout.readline() for one in both] == ["ready\n"] * 2
    for one in both:
        one.stdin.write("go\n")
        one.stdin.flush()
    assert [one.wait(timeout=60) for one in both] == [0, 0]
    for one in both:
        one.communicate()
    assert stored(tmp_path) == {str(number): [number] * (1 + number % 3) for number in range(100)}
    assert len((tmp_path / "index.jsonl").read_text().splitlines()) == 1 + 100
    assert (tmp_path / "features.bin").stat().st_size == 4 * sum(1 + number % 3 for number in range(100))


HOLDER = """
import os, sys
from pathlib import Path
from hprotopnet.data.store import _sole_writer
with _sole_writer(Path(sys.argv[1])):
    print(os.getpid(), flush=True)
    sys.stdin.readline()
"""


def test_a_long_wait_says_for_which_process(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("hprotopnet.data.store.PATIENCE", 0.1)
    with subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], **PIPES) as other:
        process = other.stdout.readline().strip()
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(FeatureStore(tmp_path, (1, 1, 1, 1)).append, "a", [0.0], value(1))
            said = ""
            while "waiting" not in said:
                said += capsys.readouterr().err
            other.communicate("done\n", timeout=20)
            waiting.result(timeout=20)
    assert said == f"waiting for {tmp_path}: process {process} is writing to it\n"
    assert stored(tmp_path) == {"a": [1]}


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_line_cut_short_leaves_no_trace_once_the_next_is_written(tmp_path, cut):
    for folder in ("killed", "whole"):
        store = FeatureStore(tmp_path / folder, (1, 1, 1, 1))
        store.append("a", [0.0], value(1))
        store.append("b", [0.0], value(2))
        if folder == "killed":
            lines = tmp_path / folder / "index.jsonl"
            os.truncate(lines, lines.stat().st_size - cut)
            store = FeatureStore(tmp_path / folder, (1, 1, 1, 1))
            store.append("b", [0.0], value(2))
        store.append("c", [0.0], value(3))
    for name in ("index.jsonl", "features.bin"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_foreign_line_at_the_end_stays(tmp_path):
    FeatureStore(tmp_path, (1, 1, 1, 1)).append("a", [0.0], value(1))
    with open(tmp_path / "index.jsonl", "a") as file:
        file.write('\n{"of": "a later version"}')
    FeatureStore(tmp_path, (1, 1, 1, 1)).append("b", [0.0], value(2))
    assert "a later version" in (tmp_path / "index.jsonl").read_text()
    assert stored(tmp_path) == {"a": [1], "b": [2]}
