// What the run is to do, from its parameters: one value that every sub-workflow takes.

include { code_of    } from './code'
include { earlier_of } from './earlier'
include { lists_of   } from './lists'
include { about      } from './provenance'

def plan_of(values) {
    lists_of(values) + [
        example: values.example,
        input: values.input,
        on_error: values.on_error,
        epochs: values.epochs,
        ends_after_checks: values.plan,
        earlier: values.since ? earlier_of(values) : null,
        about: about(values),
        code: code_of(values),
    ]
}
