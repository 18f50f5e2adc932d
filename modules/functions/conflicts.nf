// Parameters that do not go together.

include { aside_names ; schema_properties } from './schema'
include { typed                           } from './types'

// What is wrong with parameters of the run together, or null.
def conflict_of(values) {
    def own = values.from ? own_parameter(values) : null
    if (own) {
        return "--from repeats a run with its parameters, and --${own} is one of them; leave it out"
    }
    if (values.inputs && !values.from) {
        return "--inputs is for --from, which is not set; --input takes a samplesheet"
    }
    def repeated = ['seeds', 'alphas', 'resolutions'].find { name ->
        def numbers = values[name].tokenize(',').collect { number -> number.toBigDecimal().stripTrailingZeros() }
        numbers.size() != numbers.toSet().size()
    }
    if (repeated) {
        return "--${repeated} names a value twice; found '${values[repeated]}'"
    }
    def seed = values.seeds.tokenize(',').find { number -> number.toBigInteger() > 4294967295 }
    if (seed) {
        return "--seeds must be at most 4294967295; found '${seed}'"
    }
    if (values.since && !values.plan) {
        return "--since needs --plan: it compares parameters, and computes nothing"
    }
    if (values.example == 'cortex' && values.n_areas >= values.n_spots) {
        return "--n_areas must be below --n_spots (${values.n_spots}); found '${values.n_areas}'"
    }
    return null
}

// The same of parameters that a sample may have of its own.
def sample_conflict_of(values) {
    def needed = [
        [values.spatial_rule == 'radius', '--spatial_rule radius', 'spatial_radius'],
        [values.spatial_rule == 'radius' && values.section_key, '--spatial_rule radius with --section_key', 'section_radius'],
        [values.align == 'regions', '--align regions', 'region_key'],
        [values.align in ['grid', 'top_view'], "--align ${values.align}", 'grid_spacing'],
        [values.align_by_section, '--align_by_section', 'section_key'],
        [values.section_order, '--section_order', 'section_key'],
        [values.section_radius, '--section_radius', 'section_key'],
        [values.section_spacing, '--section_spacing', 'section_key'],
        [values.near_percentile, '--near_percentile', 'distance_decay'],
    ].find { wanted, _what, other -> wanted && values[other] == null }
    if (needed) {
        return "${needed[1]} needs --${needed[2]}, which is not set"
    }
    if (values.align_distance && values.align != 'places') {
        return "--align_distance is for --align places; found '${values.align}'"
    }
    def useless = ['align_by_section', 'section_spacing', 'coordinates'].find { name -> values.align == 'surface' && values[name] }
    if (useless) {
        return "--align surface makes one spot of a parcel, where its vertices lie; leave out --${useless}"
    }
    if (values.connection_density && values.connectivity_threshold != 0) {
        return '--connection_density chooses the threshold from the matrix; leave --connectivity_threshold at 0'
    }
    return null
}

// A parameter that decides results and is set; null if none is.
def own_parameter(values) {
    def others = aside_names() + ['on_error']
    schema_properties().findAll { name, _described -> !(name in others) }
        .find { name, described -> values[name] != typed(name, described['default'], described) }?.key
}
