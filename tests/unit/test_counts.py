"""Counts in the words of notes."""

import pytest

from spacon.counts import counted, of_all


@pytest.mark.parametrize(("number", "words"), [(0, "0 cells"), (1, "1 cell"), (2, "2 cells"), (1_000, "1,000 cells")])
def test_thousands_stand_apart_and_one_is_singular(number, words):
    assert counted(number, "cell") == words


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (1, 1, "1 of 1 spot has"),
        (1, 2, "1 of 2 spots has"),
        (2, 2_000, "2 of 2,000 spots have"),
        (0, 1, "0 of 1 spot have"),
    ],
)
def test_a_part_of_all_agrees_with_its_verb(part, whole, words):
    assert of_all(part, whole, "spot", "has", "have") == words
