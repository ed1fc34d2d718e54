"""What the benchmark makes of times; none of these tests looks at a real clock."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from browsing import needs_chromium

from hprotopnet.attribution.methods import METHODS
from hprotopnet.bench import app as bench_app
from hprotopnet.bench import network as bench
from hprotopnet.bench.app import NotMeasured
from hprotopnet.bench.app import bench_app as app_rows
from hprotopnet.bench.attribution import bench_attribution
from hprotopnet.bench.network import line, ratio, row
from hprotopnet.bench.temporal import SIZES, bench_temporal, case_of, loop, ours
from hprotopnet.errors import InputError


@pytest.fixture
def clock(monkeypatch):
    """A clock that moves only when it is told to: `clock(2)` gives work that takes two seconds."""
    now = [0.0]
    monkeypatch.setattr("hprotopnet.bench.network.time.perf_counter", lambda: now[0])

    def taking(*seconds: float):
        left = list(seconds)

        def work() -> None:
            now[0] += left.pop(0) if len(left) > 1 else left[0]

        return work

    return taking


def test_work_that_takes_twice_as_long_has_ratio_two(clock):
    assert ratio(clock(2), clock(1)) == pytest.approx(2)
    assert ratio(clock(0.3), clock(0.6), rounds=1) == pytest.approx(0.5)


def test_the_first_round_and_a_hiccup_do_not_count(clock):
    assert ratio(clock(50, 2), clock(1)) == pytest.approx(2)
    assert ratio(clock(2, 2, 90, 2), clock(1), rounds=5) == pytest.approx(2)


def test_a_method_has_a_row_against_a_pass_of_the_network(monkeypatch):
    cheap = {name: METHODS[name] for name in ("gradcam", "prototypes")}
    monkeypatch.setattr("hprotopnet.bench.attribution.METHODS", cheap)
    monkeypatch.setattr("hprotopnet.bench.attribution.ROUNDS", 1)
    rows = bench_attribution()
    assert [row["work"].split(",")[0] for row in rows] == ["Grad-CAM", "Prototypes of the network"]
    assert all(row["value"] > 0 and row["unit"] == "x" and row["holds"] is None for row in rows)


@pytest.mark.parametrize("name", SIZES)
def test_the_terms_of_a_detector_are_those_of_the_loop_that_they_are_measured_against(name):
    case = case_of(replace(SIZES[name][0], width=8, encoded=16, concepts=30), 20, 12)
    (total, gradients), (expected, slow) = ours(case), loop(case)
    assert total == pytest.approx(expected, abs=1e-5)
    for own, its in zip(gradients, slow, strict=True):
        torch.testing.assert_close(own, its, atol=1e-5, rtol=1e-4)


def test_a_detector_has_a_row_a_data_set(monkeypatch):
    small = {name: (replace(own[0], width=8, encoded=16, concepts=30), 20, 12) for name, own in SIZES.items()}
    monkeypatch.setattr("hprotopnet.bench.temporal.SIZES", small)
    rows = bench_temporal()
    assert ["FineAction" in rows[0]["work"], "FineGym" in rows[1]["work"]] == [True, True]
    assert all(row["value"] > 0 and row["bound"] == 0.05 for row in rows)


def test_a_row_holds_up_to_its_bound():
    assert row("w", 1.3, "x", 1.3)["holds"] is True
    assert row("w", 1.31, "x", 1.3)["holds"] is False
    assert row("w", None, "x", 1.3, "no browser") == {
        "work": "w",
        "value": None,
        "unit": "x",
        "bound": 1.3,
        "holds": None,
        "reason": "no browser",
    }
    assert row("w", 0.4, "")["holds"] is None


def test_lines_say_how_it_went():
    assert line(row("w", 1.3, "x", 1.3)).split() == ["w", "1.300", "x", "at", "most", "1.3", "x", "ok"]
    assert line(row("w", 2, "x", 1.3)).endswith(" over")
    assert line(row("w", None, "x", 1.3, "no browser")).endswith("at most 1.3 x    not measured: no browser")
    assert line(row("w", 0.4, "")).split() == ["w", "0.400"]


def test_layouts_are_bounded_by_the_others_and_all_told():
    def figures(distortion: float, edges: float) -> dict[str, float]:
        return {"distortion": distortion, "edge_map": edges, "sibling_nearest": 1.0, "scale": 1.0, "seconds": 0.1}

    names = ("taxonomy", "plain wedge, same radius", "plain wedge, steps of 2", "tangent PCA", "Euclidean PCA")
    layouts = {"learned": figures(0.1, 0.9)} | {name: figures(0.2, 0.8) for name in names}
    layouts["tangent PCA"] = figures(0.05, 0.95)
    rows = {found["work"]: found for found in bench._layout_rows(layouts)}
    bounded = {work: found["holds"] for work, found in rows.items() if found["bound"] is not None}
    assert {work for work, holds in bounded.items() if not holds} == {work for work in bounded if "tangent PCA" in work}
    assert all(f"layout '{name}': distortion" in rows for name in layouts)


def test_without_a_bundle_nothing_of_the_app_is_measured(tmp_path):
    assert_unmeasured(app_rows((tmp_path / "runs",)), "no bundle with stored clips in runs; make one with train.py")


def test_without_playwright_or_chromium_nothing_of_the_app_is_measured(tiny_bundle, monkeypatch):
    monkeypatch.setattr("hprotopnet.bench.app.shutil.which", lambda name: None)
    assert_unmeasured(app_rows((tiny_bundle.parent,)), "Chromium")
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert_unmeasured(app_rows((tiny_bundle.parent,)), "Playwright")


def assert_unmeasured(rows: list, reason: str) -> None:
    assert len([found for found in rows if found["bound"]]) == 8
    for found in rows:
        assert found["value"] is None
        assert found["holds"] is None
        assert reason in found["reason"]


def test_one_thing_that_cannot_be_measured_leaves_the_rest(tiny_bundle, monkeypatch):
    def fails(visit) -> float:
        raise NotMeasured("gone\nand more")

    measures = {("a", "s", 1.0): lambda visit: 0.5, ("b", "s", 1.0): fails, ("c", "s", 1.0): lambda visit: 2.0}
    rows = list(bench_app._rows(measures, None, InputError))
    assert [found["holds"] for found in rows] == [True, None, False]
    assert rows[1]["reason"] == "gone"


@needs_chromium
def test_an_empty_page_is_measured_in_the_same_way():
    with ThreadPoolExecutor(1) as alone:  # the browser of other tests holds this thread
        assert 0 < alone.submit(_empty_page).result() < bench_app.MOST_SECONDS


def _empty_page() -> float:
    with bench_app._browser() as (browser, _), bench_app._bare() as script, bench_app._server(script) as (address, _):
        return bench_app._empty_page(bench_app.Visit(browser, address, 0, None))


def test_a_server_that_does_not_start_is_said_and_leaves_no_process(monkeypatch, tmp_path):
    monkeypatch.setattr("hprotopnet.bench.app.PROJECT", tmp_path)  # where there is no app.py
    with pytest.raises(NotMeasured, match="instead of starting"), bench_app._server():
        pass


def test_a_server_ends_with_the_block_that_uses_it(monkeypatch):
    started = []
    popen = bench_app.subprocess.Popen
    monkeypatch.setattr(
        "hprotopnet.bench.app.subprocess.Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[0]
    )
    with pytest.raises(KeyError), bench_app._server():
        raise KeyError("what went wrong in the block")
    assert started[0].poll() is not None
