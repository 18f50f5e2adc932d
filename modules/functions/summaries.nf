// What validation found of a sample: validated.json.

// A stub run has no spots.
def found_in(summary) {
    [spots: 0] + new groovy.json.JsonSlurper().parse(summary)
}
