// What the run is to do, from its parameters: one value that every sub-workflow takes.

include { code_of } from './code'
include { about   } from './provenance'

def plan_of(values) {
    [
        example: values.example,
        input: values.input,
        on_error: values.on_error,
        seeds: values.seeds.tokenize(','),
        alphas: values.alphas.tokenize(','),
        resolution_options: values.n_clusters
            ? ["--n-clusters ${values.n_clusters}"]
            : values.resolutions.tokenize(',').collect { resolution -> "--resolution ${resolution}" },
        about: about(values),
        code: code_of(values),
    ]
}

// The resolutions by task. For a small sample, one task clusters at all of them, in less time than another task takes to
// start; for a large one, each has a task of its own, so that they run beside each other and -resume repeats none.
def batches(resolutions, summary) {
    def spots = new groovy.json.JsonSlurper().parse(summary).spots ?: 0 // none in a stub run
    spots > 20_000 ? resolutions.collect { resolution -> [resolution] } : [resolutions]
}
