// An earlier run's parameters (--since), against those of this one.

include { options_of                         } from './code'
include { alpha_batches ; lists_of ; resolution_batches } from './lists'
include { told_of                            } from './provenance'
include { schema_properties                  } from './schema'
include { inputs_of_stages ; with_followers  } from './stages'
include { typed                              } from './types'

// What differs: lines that name the parameters, the stages whose options are others, and the lists as they were.
def earlier_of(values) {
    def before = earlier_values(values.since)
    def now = told_of(values)
    def names = schema_properties().keySet().findAll { name -> name in now.keySet() + told_of(before).keySet() }
    def changed = names.findAll { name -> now[name] != before[name] }
    [
        file: values.since,
        differences: changed.collect { name -> "${name}: ${in_words(before[name])} -> ${in_words(values[name])}".toString() },
        stages: stages_of(changed, before, values),
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

// Stages whose own parameters differ. The results hold every parameter, so that any change makes tables and report anew.
def stages_of(changed, before, values) {
    def elsewhere = ['input', 'example'].any { name -> name in changed }
    def stages = inputs_of_stages().keySet().findAll { stage -> elsewhere || options_of(stage, before) != options_of(stage, values) }
    stages + (changed ? ['evaluate', 'report', 'overview'] : [])
}

// The stages that a run with -resume would compute anew, for samples of so many spots.
def computed_anew(plan, numbers_of_spots) {
    def earlier = plan.earlier.lists
    def fanned = [
        train: plan.seeds - earlier.seeds,
        layout: plan.seeds[0] == earlier.seeds[0] ? [] : plan.seeds,
        neighbors: numbers_of_spots.collectMany { spots -> alpha_batches(plan, spots) - alpha_batches(earlier, spots) },
        cluster: numbers_of_spots.collectMany { spots -> resolution_batches(plan, spots) - resolution_batches(earlier, spots) },
    ].findAll { _stage, items -> items }.keySet()
    with_followers(plan.earlier.stages + fanned)
}
