// What validation found of a sample: validated.json.

// A stub run has no spots.
def found_in(summary) {
    [spots: 0] + new groovy.json.JsonSlurper().parse(summary)
}

// [sample, ...] -> [sample, ..., MB]; a sample that was refused has no summary, and is left out. A stub run has no figure.
def with_memory(inputs, summaries, stage) {
    def needs = summaries.map { sample, summary -> [sample, found_in(summary).memory_mb?.get(stage) ?: 1000] }
    inputs.combine(needs, by: 0)
}
