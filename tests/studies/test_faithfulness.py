"""Hiding the marked region: on a network whose evidence is one bright spot the answer is known."""

from collections import Counter
from dataclasses import replace

import numpy as np
from toys import spotted, toy_model

from hprotopnet.evaluation.curves import area, shares
from hprotopnet.explain.prototypes import explain, model_input
from hprotopnet.studies.faithfulness import (
    background,
    curve_report,
    curves,
    deletion,
    deletion_report,
    hide,
    keep,
    mean_colour,
    moved,
)


def test_hiding_the_marked_region_costs_more_than_hiding_another():
    model, clip = spotted()
    explanation = explain(model, clip, 0.8)
    rng = np.random.default_rng(0)
    drops = [deletion(model, clip, explanation.levels[0].evidence[0], rng) for _ in range(20)]
    assert all(drop.marked > 0.5 for drop in drops)
    assert all(abs(drop.random) < 0.05 for drop in drops)
    report = deletion_report(model, [(clip, explanation)])
    assert report["n"] == 3
    assert report["marked"] > report["random"]


def test_the_marked_region_alone_is_worth_nearly_all_and_another_no_more_than_nothing():
    model, clip = spotted()
    explanation = explain(model, clip, 0.8)
    rng = np.random.default_rng(0)
    drops = [deletion(model, clip, explanation.levels[0].evidence[0], rng) for _ in range(20)]
    assert all(drop.marked_alone > 0.95 for drop in drops)
    assert all(drop.random_alone < 0.5 for drop in drops)
    report = deletion_report(model, [(clip, explanation)])
    assert report["marked_leaves_more"] == 1
    assert report["marked_alone"] > report["random_alone"]


def test_only_boxes_are_painted():
    images = np.random.default_rng(0).integers(256, size=(2, 8, 8, 3), dtype=np.uint8)
    hidden = hide(images, ((1, 2, 4, 3), None))
    changed = (hidden != images).any(3)
    assert not changed[1].any()
    assert not changed[0, :2].any()
    assert (hidden[0, 2, 1:4] == hidden[0, 2, 1]).all()


def test_what_is_kept_and_what_is_hidden_make_the_clip():
    images = np.random.default_rng(0).integers(256, size=(2, 8, 8, 3), dtype=np.uint8)
    boxes = ((1, 2, 4, 3), None)
    hidden, kept = hide(images, boxes), keep(images, boxes)
    colour = hidden[0, 2, 1]
    assert (kept[1] == colour).all()  # nothing is marked in the second frame
    assert (kept[0, 2, 1:4] == images[0, 2, 1:4]).all()
    assert (hidden.astype(int) + kept - colour == images).all()


def test_a_moved_tube_keeps_its_shape_and_stays_inside():
    rng = np.random.default_rng(0)
    boxes = ((0, 10, 20, 18), None, (5, 10, 25, 20))
    for _ in range(50):
        found = moved(boxes, 40, rng)
        assert found[1] is None
        shifts = {(new[0] - old[0], new[1] - old[1]) for new, old in zip(found, boxes, strict=True) if old}
        assert len(shifts) == 1
        assert all(0 <= box[0] < box[2] <= 40 and 0 <= box[1] < box[3] <= 40 for box in found if box)
        assert not any(_overlap(new, old) for new, old in zip(found, boxes, strict=True) if old)


def _overlap(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(max(one[i], other[i]) < min(one[i + 2], other[i + 2]) for i in range(2))


def test_every_place_beside_the_tube_is_as_likely_and_none_is_said():
    rng = np.random.default_rng(0)
    # Beside a box of 2 x 2 at the corner of a frame of 4 x 4 there are five places: x or y moves by 2.
    drawn = Counter(moved(((0, 0, 2, 2), None), 4, rng)[0][:2] for _ in range(1000))
    assert set(drawn) == {(2, 0), (2, 1), (2, 2), (0, 2), (1, 2)}
    assert min(drawn.values()) > 150
    assert moved(((0, 0, 40, 40),), 40, rng) is None
    assert moved(((5, 0, 30, 30),), 40, rng) is None  # it fits beside itself in neither direction


def test_a_region_without_room_beside_it_is_left_out_and_counted():
    model, clip = spotted()
    explanation = explain(model, clip, 0.8)
    whole = replace(explanation.levels[0].evidence[0], boxes=((0, 0, 40, 40),) * 16)
    levels = (replace(explanation.levels[0], evidence=(whole,)), *explanation.levels[1:])
    report = deletion_report(model, [(clip, replace(explanation, levels=levels))])
    assert (report["n"], report["too_large"]) == (2, 1)
    rest = deletion_report(model, [(clip, replace(explanation, levels=explanation.levels[1:]))])
    assert report == rest | {"too_large": 1}


def test_nothing_to_hide_is_no_figure():
    assert deletion_report(toy_model(), []) == {
        "n": 0,
        "too_large": 0,
        "marked_drops_more": None,
        "marked_leaves_more": None,
    }


def told(model, clip):
    explanation = explain(model, clip, 0.8)
    return explanation, curves(model, clip, explanation, np.random.default_rng(0))


def test_curves_begin_and_end_where_clip_and_background_do():
    model, clip = spotted()
    explanation, found = told(model, clip)
    bare = model(model_input(model, background(clip.images, "mean"))).output.nodes[0].detach()
    assert list(found) == ["grandparent", "parent", "class"]
    for level in explanation.levels:
        for gone, come in found[level.level].values():
            assert gone[0] == come[-1] == np.float64(level.probability)
            assert gone[-1] == come[0]
            assert abs(gone[-1] - float(bare[model.hierarchy.index(level.node)])) < 1e-12
            assert len(gone) == len(come) == len(shares())


def test_the_one_bright_spot_goes_first_and_comes_first_in_the_order_of_evidence():
    """Its cells are 2 of 50, less than the first eighth: from there on the probability is as without the spot."""
    model, clip = spotted()
    _, found = told(model, clip)
    for orders in found.values():
        gone, come = orders["evidence"]
        assert abs(gone[1] - gone[-1]) < abs(gone[0] - gone[-1])
        assert abs(come[1] - come[-1]) < abs(come[0] - come[-1])
        assert np.ptp(come[1:]) <= np.ptp(come)


def test_what_is_blurred_keeps_its_size_and_loses_its_edges():
    _, clip = spotted()
    blurred = background(clip.images, "blur")
    assert (blurred.shape, blurred.dtype) == (clip.images.shape, clip.images.dtype)
    assert np.ptp(blurred) < np.ptp(clip.images)
    assert abs(blurred.mean() - clip.images.mean()) < 2
    plain = background(clip.images, "mean")
    assert (plain == mean_colour(clip.images)).all()


def test_a_report_of_curves_compares_orders_clip_by_clip():
    model, clip = spotted()
    explanation = explain(model, clip, 0.8)
    report = curve_report(model, [(clip, explanation)] * 2, ["g01", "g02"])
    assert len(report["shares"]) == len(shares())
    rng, rows = np.random.default_rng(0), []
    for _ in range(2):
        rows.append(curves(model, clip, explanation, rng)["class"])
    own = report["levels"]["class"]
    for number, (way, sign) in enumerate((("deletion", -1), ("insertion", 1))):
        areas = {order: np.array([area(row[order][number]) for row in rows]) for order in rows[0]}
        for order in ("evidence", "centre", "random"):
            assert own[way][order]["area"]["mean"] == areas[order].mean()
            assert own[way][order]["area"]["n"] == 2
        gain = sign * (areas["evidence"] - areas["random"])
        assert abs(own[way]["random"]["gain"]["mean"] - gain.mean()) < 1e-12
        assert "gain" not in own[way]["evidence"]


def test_levels_without_prototypes_have_no_curves():
    model, clip = spotted()
    explanation = explain(model, clip, 0.8)
    bare = replace(explanation, levels=(replace(explanation.levels[0], evidence=()), *explanation.levels[1:]))
    assert list(curve_report(model, [(clip, bare)], ["g01"])["levels"]) == ["parent", "class"]
    nothing = replace(explanation, levels=tuple(replace(level, evidence=()) for level in explanation.levels))
    assert curve_report(model, [(clip, nothing)], ["g01"])["levels"] == {}
    assert curve_report(model, [], [])["levels"] == {}
