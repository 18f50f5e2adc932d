// What the run is to do, from its parameters: one value that every sub-workflow takes.

include { code_of } from './code'
include { about   } from './provenance'

def plan_of(values) {
    [
        example: values.example,
        input: values.input,
        outdir: values.outdir,
        registry: values.registry,
        crate_inputs: values.crate_inputs,
        crate_image: values.crate_image,
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
