"""How much memory neighbours in a mix, and their clusters, take."""

from spacon.memory import GB


def mixing_need(spots: int, neighbors: int) -> int:
    """Return the need of neighbours and UMAP: candidate neighbours, their weights and the layout's edges."""
    return int(0.7 * GB + spots * neighbors * 170)


def clustering_need(weights: int) -> int:
    """Return the need of clustering: the neighbours' weights as a matrix and as the graph that is clustered."""
    return int(0.3 * GB + weights * 95)


def most_weights(spots: int, neighbors: int) -> int:
    """Return how many weights neighbours have at most: a spot's own, and those of the spots whose neighbour it is."""
    return 2 * spots * neighbors
