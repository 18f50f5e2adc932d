"""Counts in the words of notes: thousands apart, and one in the singular."""


def counted(number: int, noun: str) -> str:
    """Return `1 cell`, `2 cells` or `1,000 cells` for the noun `cell`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def of_all(part: int, whole: int, noun: str, one: str, several: str) -> str:
    """Return `1 of 30 spots has` or `2 of 30 spots have`: a part, all of its kind, and what it does."""
    return f"{part:,} of {counted(whole, noun)} {one if part == 1 else several}"
