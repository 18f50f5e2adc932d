// The parameters that are lists, whose items are computed side by side, and what one task computes of them.

def lists_of(values) {
    [
        seeds: values.seeds.tokenize(','),
        alphas: values.alphas.tokenize(','),
        resolution_options: values.n_clusters
            ? ["--n-clusters ${values.n_clusters}".toString()]
            : values.resolutions.tokenize(',').collect { resolution -> "--resolution ${resolution}".toString() },
    ]
}

// For a small sample, one task computes all alphas or resolutions, in less time than another takes to start; for a large
// one, each has a task of its own, so that they run beside each other and -resume repeats none.
def alpha_batches(lists, spots) {
    batches(lists.alphas, spots, 5_000)
}

def resolution_batches(lists, spots) {
    batches(lists.resolution_options, spots, 20_000)
}

def batches(items, spots, max_spots) {
    spots > max_spots ? items.collect { item -> [item] } : [items]
}
