// An earlier run's parameters (--since), against those of this one.

include { lists_of                    } from './lists'
include { schema_properties ; told_of } from './schema'
include { inputs_of_stages            } from './stages'
include { typed                       } from './types'

// What differs: lines that name the parameters, the stages whose options are others, and the lists as they were. `options_of`
// (code.nf) is given, as only one module may include it (tests/pipeline/test_lint.py).
def earlier_of(values, options_of) {
    def before = earlier_values(values.since)
    def now = told_of(values)
    def names = schema_properties().keySet().findAll { name -> name in now.keySet() + told_of(before).keySet() }
    def changed = names.findAll { name -> now[name] != before[name] }
    [
        file: values.since,
        differences: changed.collect { name -> "${name}: ${in_words(before[name])} -> ${in_words(values[name])}".toString() },
        stages: stages_of(changed) { stage -> options_of.call(stage, before) != options_of.call(stage, values) },
        lists: lists_of(before),
    ]
}

// Every parameter of the earlier run, those that its results do not depend on as they are by default.
def earlier_values(path) {
    def properties = schema_properties()
    def given = json_of(path)
    def unknown = given.keySet().find { name -> !(name in properties.keySet()) }
    if (unknown) {
        error("--since ${path}: '${unknown}' is no parameter of this version; the file is of another one")
    }
    def values = properties.collectEntries { name, described ->
        [name, typed(name, name in given.keySet() ? given[name] : described['default'], described)]
    }
    def missing = told_of(values).keySet().find { name -> !(name in given.keySet()) }
    if (missing) {
        error("--since ${path}: has no '${missing}'; the file is of another version, or no params.json of a run")
    }
    values
}

def json_of(path) {
    def found = file(path, glob: false)
    if (!found.exists() || found.isDirectory()) {
        error("--since ${path}: there is no such file; give the pipeline_info/params.json of an earlier run")
    }
    def given = null
    try {
        given = new groovy.json.JsonSlurper().parseText(found.getText('UTF-8'))
    }
    catch (groovy.json.JsonException | IllegalArgumentException _unreadable) {
        given = null
    }
    given instanceof Map ? given : error("--since ${path}: is not a JSON table of parameters; give the pipeline_info/params.json of an earlier run")
}

def in_words(value) {
    value == null ? 'unset' : value
}

// Stages whose own parameters differ; all of them where the spots are others. The results hold every parameter, so that any
// change makes tables and report anew.
def stages_of(changed, has_other_options) {
    def elsewhere = ['input', 'example', 'align'].any { name -> name in changed }
    def stages = inputs_of_stages().keySet().findAll { stage -> elsewhere || has_other_options.call(stage) }
    stages + (changed ? ['evaluate', 'report', 'overview', 'crate'] : [])
}
