// The stages, in the order in which they are shown, and which stages' results each of them takes (modules/workflows). The
// examples stand for the files that a user brings.

def inputs_of_stages() {
    def examples = ['abc_atlas', 'celegans', 'cortex']
    def graphs = ['spatial_graph', 'connection_graph']
    examples.collectEntries { example -> [example, []] } + [
        assemble: examples,
        validate: examples + ['assemble'],
        preprocess: examples + ['assemble'],
        spatial_graph: ['preprocess'],
        connection_graph: examples + ['preprocess'],
        train: ['preprocess'] + graphs,
        embed: ['preprocess', 'train'] + graphs,
        neighbors: ['embed'],
        layout: ['neighbors'],
        cluster: ['preprocess', 'neighbors'],
        evaluate: ['validate', 'preprocess', 'train', 'embed', 'neighbors', 'layout', 'cluster'] + graphs,
        surfaces: ['evaluate'],
        report: ['validate', 'evaluate', 'train'] + graphs,
        overview: ['evaluate'],
        crate: ['evaluate', 'surfaces', 'report', 'overview'],
    ]
}

// These stages and all that take of their results, directly or not.
def with_followers(stages) {
    inputs_of_stages().inject([]) { found, stage, inputs -> stage in stages || inputs.any { input -> input in found } ? found + [stage] : found }
}
