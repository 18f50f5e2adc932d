// Parameters: described once, in nextflow_schema.json; here they are checked.

include { conflict_of          } from './conflicts'
include { check_names          } from './names'
include { problem_of           } from './ranges'
include { schema_properties    } from './schema'
include { as_typed_in ; typed  } from './types'

// Every parameter by name, typed and checked; what is wrong ends the run here, before any task starts.
def checked_parameters(given) {
    def properties = schema_properties()
    def values = properties.collectEntries { name, described ->
        [name, typed(name, as_typed_in(name, given[name], described), described)]
    }
    if (values.help == true) {
        return values
    }
    check_names(given, properties.keySet())
    def problems = properties.collectEntries { name, described -> [name, problem_of(values[name], described)] }
    def wrong = problems.find { _name, problem -> problem }
    if (wrong) {
        def found = given[wrong.key].toString().replaceAll(/\s+/, ' ').take(200)
        error("--${wrong.key} ${wrong.value}; found '${found}'")
    }
    def conflict = conflict_of(values)
    if (conflict) {
        error(conflict)
    }
    if (!values.input && !values.example && !values.from) {
        error("nothing to do: give --input samples.csv (columns: sample, expression, connectivity), or try -profile celegans")
    }
    if (values.input && values.example) {
        error("--input and --example (set by the profiles abc, celegans and test) exclude each other; found both")
    }
    with_place(values.findAll { name, _value -> name != 'help' })
}

// Places carry their names or numbers in obs['place'] (bin/spacon/alignment), by which connectivity finds them.
def with_place(values) {
    def aligned = values.align in ['places', 'grid', 'top_view', 'surface']
    aligned && !values.region_key ? values + [region_key: 'place'] : values
}
