// What the run is to do, from its parameters: one value that every sub-workflow takes.

include { code_of ; options_of } from './code'
include { earlier_of           } from './earlier'
include { lists_of             } from './lists'
include { about                } from './provenance'
include { replayed             } from './replay'

def plan_of(given) {
    // about: [every parameter as JSON, the command that repeats the run]; made_on: the day in each report of a repeated run.
    def (values, about, made_on) = given.from ? replayed(given) : [given, about(given), [:]]
    lists_of(values) + [
        example: values.example,
        input: values.input,
        samples: values.samples,
        align: values.align,
        outdir: values.outdir,
        registry: values.registry,
        from: values.from,
        crate_inputs: values.crate_inputs,
        crate_image: values.crate_image,
        on_error: values.on_error,
        epochs: values.epochs,
        ends_after_checks: values.plan,
        earlier: values.since ? earlier_of(values) { stage, found -> options_of(stage, found) } : null,
        about: about,
        made_on: made_on,
        code: code_of(values),
    ]
}
