"""A prototype beside what resembles it, in one picture."""

import numpy as np
import pytest

from hprotopnet.views.pairs import GAP, Place, line_of, square_of, two_of
from hprotopnet.views.render import ACCENT, MATTE

SIDE = 40


def place(colour: tuple[int, int, int], shown: list[int]) -> Place:
    """A clip of three grey frames, whose middle has a square of a colour; the last frame has no box."""
    images = np.full((3, 20, 20, 3), 128, np.uint8)
    images[:, 5:15, 5:15] = colour
    return Place(images, ((5, 5, 15, 15), (5, 5, 15, 15), None), shown)


HERE, THERE = place((200, 0, 0), [0]), place((0, 0, 200), [1])


def test_two_pieces_side_by_side_and_nothing_but_them():
    drawn = two_of(HERE, THERE, SIDE)
    assert drawn.shape == (1, SIDE, 2 * SIDE + GAP, 3)
    assert (drawn[0, :, :SIDE] == (200, 0, 0)).all()
    assert (drawn[0, :, SIDE : SIDE + GAP] == MATTE).all()
    assert (drawn[0, :, SIDE + GAP :] == (0, 0, 200)).all()


def test_a_line_ends_with_the_clip_that_the_prototype_was_cut_from():
    drawn = line_of(HERE, THERE, SIDE)
    assert drawn.shape == (1, SIDE, 3 * SIDE + 2 * GAP, 3)
    clip = drawn[0, :, -SIDE:]
    assert (clip == ACCENT).all(axis=2).any()  # its box
    assert (clip[0, 0] == 128).all()


def test_a_square_has_both_clips_above_their_pieces():
    drawn = square_of(HERE, THERE, SIDE)
    assert drawn.shape == (1, 2 * SIDE + GAP, 2 * SIDE + GAP, 3)
    above, below = drawn[0, :SIDE], drawn[0, SIDE + GAP :]
    assert (above[:, :SIDE] == ACCENT).all(axis=2).any()
    assert (above[:, -SIDE:] == ACCENT).all(axis=2).any()
    assert (below[:, :SIDE] == (200, 0, 0)).all()
    assert (below[:, -SIDE:] == (0, 0, 200)).all()


@pytest.mark.parametrize(("draw", "shape"), [(two_of, (1, 1)), (line_of, (1, 1)), (square_of, (2, 1))])
def test_without_an_excerpt_this_clip_is_shown_alone(draw, shape):
    drawn = draw(HERE, None, SIDE)
    gaps = [GAP * (count - 1) for count in shape]
    assert drawn.shape == (1, shape[0] * SIDE + gaps[0], shape[1] * SIDE + gaps[1], 3)


def test_both_sides_move_in_step_each_from_its_own_peak():
    drawn = two_of(place((200, 0, 0), [1, 2, 0]), place((0, 0, 200), [2, 0, 1]), SIDE)
    seen = [(int(frame[0, 0, 0]), int(frame[0, -1, 2])) for frame in drawn]
    empty = MATTE[0], MATTE[2]
    assert seen == [(200, empty[1]), (empty[0], 200), (200, 200)]
