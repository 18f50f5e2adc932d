// An earlier run's parameters (--since), against those of this one.

include { lists_of                                       } from './lists'
include { sample_properties ; schema_properties ; told_of } from './schema'
include { inputs_of_stages                               } from './stages'
include { typed                                          } from './types'

// What differs: lines that name the parameters, the stages whose options are others, and the lists as they were. `own` has,
// by sample, the parameters of its own. `options_of` (code.nf) is given, as only one module may include it
// (tests/pipeline/test_lint.py).
def earlier_of(values, own, options_of) {
    def before = earlier_values(values.since)
    def own_before = earlier_own(file(values.since, glob: false).resolveSibling('sample_params.json'))
    def of_run = differences_of(before, values)
    def of_samples = own.collectMany { sample, set ->
        def names = set.keySet() + (own_before[sample] ?: [:]).keySet()
        differences_of(before + (own_before[sample] ?: [:]), values + set).subMap(names).values()
            .collect { difference -> "sample ${sample}: ${difference}".toString() }
    }
    // The values of each sample, before and now; of an example, those of the run.
    def pairs = own.collect { sample, set -> [before + (own_before[sample] ?: [:]), values + set] } ?: [[before, values]]
    def stages = pairs.collectMany { earlier, now ->
        stages_of(differences_of(earlier, now).keySet()) { stage -> options_of.call(stage, earlier) != options_of.call(stage, now) }
    }
    [
        file: values.since,
        differences: of_run.values() + of_samples,
        stages: (stages + (of_run ? ['report', 'overview', 'crate'] : [])).unique(), // pages name the run's command
        lists: lists_of(before),
    ]
}

// The parameters that the results depend on and that differ: by name, in words.
def differences_of(before, now) {
    def names = told_of(before).keySet() + told_of(now).keySet()
    schema_properties().keySet().findAll { name -> name in names && before[name] != now[name] }
        .collectEntries { name -> [name, "${name}: ${in_words(before[name])} -> ${in_words(now[name])}".toString()] }
}

// By sample, the parameters that it had of its own in the earlier run; a run without any has no such file.
def earlier_own(path) {
    def properties = sample_properties()
    def given = path.exists() ? json_of(path) : [:]
    def unknown = given.values().collectMany { set -> set instanceof Map ? set.keySet() : [set] }.find { name -> !(name in properties.keySet()) }
    if (unknown) {
        error("--since ${path}: a sample has no '${unknown}' of its own in this version; the file is of another one")
    }
    given.collectEntries { sample, set -> [sample, set.collectEntries { name, value -> [name, typed(name, value, properties[name])] }] }
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
