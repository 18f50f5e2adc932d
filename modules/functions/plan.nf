// What the run is to do, from its parameters: one value that every sub-workflow takes.

include { code_of ; options_of ; sample_options_of } from './code'
include { earlier_of                               } from './earlier'
include { lists_of                                 } from './lists'
include { with_place                               } from './places'
include { command_of                               } from './provenance'
include { replayed                                 } from './replay'
include { told_of                                  } from './schema'

// samples: [sample, files by role, its own parameters] of each row of the samplesheet.
def plan_of(given, samples) {
    def run = given.from ? replayed(given) : as_given(given, samples)
    def values = run.values
    def own = run.samples.collectEntries { sample, _files, set -> [sample, set] }
    lists_of(values) + [
        example: values.example,
        input: values.input,
        samples: run.samples.collect { sample, files, _set -> [sample, files] },
        align: values.align,
        outdir: values.outdir,
        registry: values.registry,
        from: values.from,
        crate_inputs: values.crate_inputs,
        crate_image: values.crate_image,
        on_error: values.on_error,
        epochs: values.epochs,
        ends_after_checks: values.plan,
        earlier: values.since ? earlier_of(values, own) { stage, found -> options_of(stage, found) } : null,
        parameters: run.parameters, // as the results tell them
        own: own.findAll { _sample, set -> set }.sort(), // by sample, the parameters that it has of its own
        command: run.command, // that repeats the run
        made_on: run.made_on, // the day in each report of a repeated run
        code: code_of(values),
        options: sample_options_of(values), // by stage, of samples without parameters of their own
        own_options: own.findAll { _sample, set -> set }.collectEntries { sample, set -> [sample, sample_options_of(values + set)] },
    ]
}

// A run that is not a repeated one, as `replayed` describes that.
def as_given(given, samples) {
    def values = with_place(given)
    [values: values, samples: samples, parameters: told_of(values), command: command_of(given), made_on: [:]]
}
