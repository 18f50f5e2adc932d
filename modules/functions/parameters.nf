// Parameters: described once, in nextflow_schema.json; here they are checked, those of the run and those of its samples.

include { conflict_of ; sample_conflict_of      } from './conflicts'
include { check_names                           } from './names'
include { with_place                            } from './places'
include { problem_of                            } from './ranges'
include { rows_of ; samples_of                  } from './samplesheet'
include { sample_properties ; schema_properties } from './schema'
include { as_typed_in ; typed                   } from './types'

// Every parameter by name, typed and checked; what is wrong ends the run here, before any task starts.
def checked_parameters(given) {
    def properties = schema_properties()
    def values = typed_values(given)
    if (values.help == true) {
        return values
    }
    check_names(given, properties.keySet())
    def problems = properties.collectEntries { name, described -> [name, problem_of(values[name], described)] }
    def wrong = problems.find { _name, problem -> problem }
    if (wrong) {
        error("--${wrong.key} ${wrong.value}; found '${shortened(given[wrong.key])}'")
    }
    def conflict = conflict_of(values) ?: values.input ? null : sample_conflict_of(values) // with a sheet: checked_samples
    if (conflict) {
        error(conflict)
    }
    if (!values.input && !values.example && !values.from) {
        error("nothing to do: give --input samples.csv (columns: sample, expression, connectivity), or try -profile celegans")
    }
    if (values.input && values.example) {
        error("--input and --example (set by the profiles abc, celegans and test) exclude each other; found both")
    }
    values.findAll { name, _value -> name != 'help' }
}

def typed_values(given) {
    schema_properties().collectEntries { name, described -> [name, typed(name, as_typed_in(name, given[name], described), described)] }
}

def shortened(text) {
    text.toString().replaceAll(/\s+/, ' ').take(200)
}

// [sample, files by role, its own parameters] of each row of the samplesheet; what is wrong with any row ends the run here.
def checked_samples(given) {
    def values = typed_values(given)
    def rows = rows_of(values.input)
    def conflict = rows.any { row -> row.own } ? null : sample_conflict_of(values)
    if (conflict) {
        error(conflict)
    }
    samples_of(values.input, rows) { cells -> own_problems(cells, values) }
        .collect { sample, files, cells -> [sample, files, own_values(cells, values)] }
}

// What the cells of a row change of the run's parameters.
def own_values(cells, values) {
    def of_run = with_place(values)
    with_place(values + typed_cells(cells)).findAll { name, value -> value != of_run[name] }
}

def typed_cells(cells) {
    cells.collectEntries { name, cell -> [name, typed(name, cell, sample_properties()[name])] }
}

// What is wrong with the cells of a row, or else with its parameters together.
def own_problems(cells, values) {
    def set = typed_cells(cells)
    def problems = set.collectEntries { name, value -> [name, problem_of(value, sample_properties()[name])] }
        .findAll { _name, problem -> problem }
        .collect { name, problem -> "${name} ${problem}; found '${shortened(cells[name])}'".toString() }
    problems ?: [sample_conflict_of(values + set)].findAll { conflict -> conflict }
}
