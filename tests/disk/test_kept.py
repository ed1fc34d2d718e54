"""Layouts that are kept: those that would be made, and nothing else that lies there."""

import os

import numpy as np
import pytest
from toys import toy_hierarchy

from hprotopnet.disk import kept
from hprotopnet.disk.kept import kept_layout
from hprotopnet.disk.layouts import layout
from hprotopnet.hierarchy.geometry import geometry
from hprotopnet.hierarchy.points import start_points


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A tree with the geometry of its points, and how often a layout was made of it."""
    monkeypatch.setenv("HPROTOPNET_CACHE", str(tmp_path))
    tree, count = toy_hierarchy(), []
    monkeypatch.setattr(kept, "layout", lambda *of: count.append(of) or layout(*of))
    points = start_points(tree)
    return tree, *geometry(points.points.numpy(), points.curvature), count


def test_it_is_made_once(made, tmp_path):
    tree, distances, radii, count = made
    first, again = kept_layout(tree, distances, radii), kept_layout(tree, distances, radii)
    assert (first == layout(tree, distances, radii)).all()
    assert (first == again).all()
    assert len(count) == 1
    kept_layout(tree, 2 * distances, radii)
    assert len(count) == 2
    assert len(list((tmp_path / "layouts").iterdir())) == 2


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 16 * 3, np.full(100, 7j).tobytes()])
def test_what_is_no_layout_is_made_anew(made, tmp_path, content):
    tree, distances, radii, count = made
    first = kept_layout(tree, distances, radii)
    [file] = (tmp_path / "layouts").iterdir()
    file.write_bytes(content[: 16 * len(tree.nodes)])
    assert (kept_layout(tree, distances, radii) == first).all()
    assert len(count) == 2
    assert (kept_layout(tree, distances, radii) == first).all()
    assert len(count) == 2


def test_no_more_are_kept_than_so_many(made, tmp_path, monkeypatch):
    tree, distances, radii, _ = made
    monkeypatch.setattr(kept, "MOST", 3)
    for scale in range(1, 7):
        kept_layout(tree, scale * distances, radii)
        for age, file in enumerate(sorted((tmp_path / "layouts").iterdir(), key=lambda own: -own.stat().st_mtime_ns)):
            os.utime(file, (1e9 - age, 1e9 - age))
    assert len(list((tmp_path / "layouts").iterdir())) == 3


def test_where_nothing_can_be_written_it_is_made_every_time(made, tmp_path):
    tree, distances, radii, count = made
    (tmp_path / "layouts").write_text("a file, where a folder would be")
    for _ in range(2):
        kept_layout(tree, distances, radii)
    assert len(count) == 2
