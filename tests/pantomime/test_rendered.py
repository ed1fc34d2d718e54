"""Where the videos of a recipe lie, and that each recipe finds its own."""

from dataclasses import replace

import pytest

from hprotopnet.config import Config, Pantomime
from hprotopnet.errors import InputError
from hprotopnet.pantomime import writing
from hprotopnet.pantomime.rendered import rendered
from hprotopnet.recipes import recipe


@pytest.fixture
def asked(monkeypatch):
    """What is asked to be rendered, in place of rendering it."""
    found = []
    monkeypatch.setattr(writing, "write_dataset", lambda *args, **more: found.append((*args, more["classes"])))
    return found


def test_a_recipe_is_rendered_by_its_seed_and_size_with_its_classes(asked, tmp_path):
    whole, quick = recipe("pantomime-cpg10"), recipe("quick")
    assert [rendered(config, tmp_path).parent for config in (whole, quick)] == [tmp_path] * 2
    assert [row[1:] for row in asked] == [(0, 50, None), (0, 16, quick.classes)]


def test_what_is_drawn_otherwise_lies_elsewhere(asked, tmp_path):
    quick = recipe("quick")
    others = [
        replace(quick, classes=quick.classes[:-1]),
        replace(quick, classes=(*quick.classes[:-1], "Cello")),
        replace(quick, classes=()),
        replace(quick, rendered=Pantomime(seed=1, per_class=16)),
        replace(quick, rendered=Pantomime(seed=0, per_class=17)),
    ]
    assert len({rendered(config, tmp_path) for config in (quick, *others)}) == 6
    assert rendered(replace(quick, classes=quick.classes[::-1]), tmp_path) == rendered(quick, tmp_path)


def test_another_version_of_the_renderer_renders_anew_beside_the_old(asked, tmp_path, monkeypatch):
    quick = recipe("quick")
    before = rendered(quick, tmp_path)
    monkeypatch.setattr(writing, "VERSION", writing.VERSION + 1)
    assert rendered(quick, tmp_path) != before


def test_a_recipe_for_real_videos_asks_for_them(tmp_path):
    with pytest.raises(InputError, match="add --data FOLDER"):
        rendered(Config(name="custom"), tmp_path)
