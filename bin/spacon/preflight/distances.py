"""Distances between places that were brought in place of the strength of their connections."""

import numpy as np
from scipy.spatial.distance import pdist
from scipy.stats import rankdata

from spacon.connectivity.matching import Matched
from spacon.errors import InputError

# Spots of different places that are looked at, evenly spaced; fewer than the least could be in order by chance.
SAMPLED, LEAST = 100, 8
# Spearman's correlation of entries with distances from which on they are distances, and from which on they may be. It
# is between -0.31 and 0.31 for correlations r of human cortex, and 1 - r (41 matrices of brainspace 0.3.0).
SAME, SIMILAR = 0.99, 0.7


def distance_notes(matching: Matched, positions: np.ndarray) -> list[str]:
    """Return a note where entries may be distances between spots at (n, 2 or 3), not strengths.

    Real connections become weaker with distance, if anything. Entries that rise with it, and are 0 for each spot
    itself, the same both ways and above 0 between any two, are of no kind of connectivity. The triangle inequality does
    not tell: correlations between 0.5 and 1 without a diagonal fulfil it too.

    Raises:
        InputError: entries are in the order of the distances.
    """
    agreement = _agreement(matching, positions)
    if agreement > SAME:
        raise InputError(
            "its entries are in the order of the distances between the spots: connectivity must be larger where spots "
            "are more strongly connected; bring strengths, or, of distances d, for example exp(-d) or 1 / (1 + d)"
        )
    if agreement < SIMILAR:
        return []
    return [
        f"the entries rise with the distance between spots (Spearman's correlation {agreement:.2f}) and are 0 for each "
        "spot itself: if they are distances, bring strengths, such as exp(-d)"
    ]


def _agreement(matching: Matched, positions: np.ndarray) -> float:
    """Return Spearman's correlation of entries with distances; 0 where they cannot be distances, or spots are few."""
    place, first = np.unique(matching.place, return_index=True)
    spots = np.sort(first[place >= 0])
    if len(spots) < LEAST:
        return 0.0
    spots = spots[np.linspace(0, len(spots) - 1, min(SAMPLED, len(spots))).astype(int)]
    entries = np.zeros((len(spots), len(spots)))
    for number, spot in enumerate(spots.tolist()):
        entries[number] = matching.connectivity.rows(spot, spot + 1)[0, spots]
        if entries[number, number] != 0 or np.count_nonzero(entries[number] > 0) < len(spots) - 1:
            return 0.0
    if not np.allclose(entries, entries.T, rtol=1e-4, atol=0):
        return 0.0
    upper = np.triu_indices(len(spots), 1)
    ranks = [rankdata(values) for values in (entries[upper], pdist(positions[spots]))]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return 0.0
    return float(np.corrcoef(ranks)[0, 1])
