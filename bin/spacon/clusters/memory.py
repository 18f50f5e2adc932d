"""How much memory neighbours in a mix, and their clusters, take."""

from spacon.memory import GB

# Measured at 250,000 spots: neighbours 683 MB (16 columns, 40 neighbours); before two searches were there to choose
# from, 564 MB, and 602 MB (32, 40) and 322 MB (32, 10); UMAP 1,037 MB and clusters 1,095 MB, of 12.6 million weights.
NEIGHBORS_START, PER_SPOT, PER_COLUMN, PER_NEIGHBOR = 0.3 * GB, 300, 12, 45
LAYOUT_START, LAYOUT_PER_SPOT, LAYOUT_PER_WEIGHT = 0.5 * GB, 200, 65
CLUSTERING_START, CLUSTERING_PER_WEIGHT = 0.3 * GB, 95


def neighbors_need(spots: int, width: int, neighbors: int) -> int:
    """Return the need of neighbours in a mix of so many columns, and of their weights while those become symmetric."""
    return int(NEIGHBORS_START + spots * (PER_SPOT + PER_COLUMN * width + PER_NEIGHBOR * neighbors))


def layout_need(spots: int, weights: int) -> int:
    """Return the need of a UMAP: the weights, and the edges that the layout draws by them."""
    return int(LAYOUT_START + LAYOUT_PER_SPOT * spots + LAYOUT_PER_WEIGHT * weights)


def clustering_need(weights: int) -> int:
    """Return the need of clustering: the neighbours' weights as a matrix and as the graph that is clustered."""
    return int(CLUSTERING_START + CLUSTERING_PER_WEIGHT * weights)


def max_weights(spots: int, neighbors: int) -> int:
    """Return how many weights neighbours have at most: a spot's own, and those of the spots whose neighbour it is."""
    return 2 * spots * neighbors
