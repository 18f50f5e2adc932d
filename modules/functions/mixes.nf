// Names of what is computed in a mix of the embeddings.

def mix_file(seed, alpha) {
    "mix_seed${seed}_alpha${alpha}.npz"
}

def layout_file(seed, alpha) {
    "layout_seed${seed}_alpha${alpha}.npz"
}

// Of each alpha at each resolution; resolutions as options, --resolution 0.6 or --n-clusters 12.
def clustering_files(seed, alphas, resolutions) {
    alphas.collectMany { alpha ->
        resolutions.collect { resolution -> "clustering_seed${seed}_alpha${alpha}_${resolution.tokenize('- ').join('_')}.npz" }
    }
}
