// Parameters: described once, in nextflow_schema.json; here they are checked and printed.

include { schema_groups ; schema_properties } from './schema'
include { shell_word                        } from './words'

// The command line gives text and guesses its type: turn each value into the type that the schema names, null if unset.
def typed(value, described) {
    def text = value == null ? '' : value.toString()
    if (text == '' || text == 'null') {
        return null
    }
    if (described.type == 'boolean') {
        return text in ['true', 'false'] ? text == 'true' : text
    }
    if (described.type == 'integer') {
        return text.isInteger() ? text.toInteger() : text
    }
    if (described.type == 'number') {
        return text.isNumber() ? text.toBigDecimal() : text
    }
    return text
}

// What is wrong with one value, or null.
def problem_of(value, described) {
    def classes = [boolean: Boolean, integer: Integer, number: BigDecimal, string: String]
    if (value == null) {
        return described.containsKey('default') ? 'must not be empty' : null
    }
    if (!classes[described.type].isInstance(value)) {
        return "must be ${described.type == 'integer' ? 'a whole number' : described.type == 'boolean' ? 'true or false' : "a ${described.type}"}"
    }
    if (described['enum'] && !(value in described['enum'])) {
        return "must be one of ${described['enum'].join(', ')}; the nearest is '${nearest(value, described['enum'])}'"
    }
    if (described.pattern && !(value ==~ described.pattern)) {
        return "does not have the right form (${described.description})"
    }
    if (described.minimum != null && value < described.minimum) {
        return "must be at least ${described.minimum}"
    }
    if (described.maximum != null && value > described.maximum) {
        return "must be at most ${described.maximum}"
    }
    if (described.exclusiveMinimum != null && value <= described.exclusiveMinimum) {
        return "must be above ${described.exclusiveMinimum}"
    }
    if (described.exclusiveMaximum != null && value >= described.exclusiveMaximum) {
        return "must be below ${described.exclusiveMaximum}"
    }
    return null
}

// The known name with the fewest letters to change, add or remove.
def nearest(name, known) {
    known.min { other -> distance(name, other) }
}

// How many letters must be changed, added or removed to make one word of the other; case and '_' do not count.
def distance(one, other) {
    def (letters, others) = [one, other].collect { word -> word.toLowerCase().replaceAll('[_-]', '').toList() }
    letters.inject((0..others.size()).toList()) { above, letter ->
        others.inject([above[0] + 1]) { row, opposite ->
            def at = row.size()
            row + [row[-1] + 1, above[at] + 1, above[at - 1] + (letter == opposite ? 0 : 1)].min()
        }
    }.last()
}

// Every parameter by name, typed and checked; what is wrong ends the run here, before any task starts.
def checked_parameters(given) {
    def properties = schema_properties()
    def values = properties.collectEntries { name, described -> [name, typed(given[name], described)] }
    if (values.help == true) {
        return values
    }
    def unknown = given.keySet().find { name -> !properties.containsKey(name) }
    if (unknown) {
        error("unknown parameter --${unknown}; did you mean --${nearest(unknown, properties.keySet())}? (--help lists them all)")
    }
    def problems = properties.collectEntries { name, described -> [name, problem_of(values[name], described)] }
    def wrong = problems.find { _name, problem -> problem }
    if (wrong) {
        error("--${wrong.key} ${wrong.value}; found '${given[wrong.key]}'")
    }
    def conflict = conflict_of(values)
    if (conflict) {
        error(conflict)
    }
    if (!given.input && !given.example) {
        error("nothing to do: give --input samples.csv (columns: sample, expression, connectivity), or try -profile celegans")
    }
    if (given.input && given.example) {
        error("--input and --example (set by the profiles test and celegans) exclude each other; found both")
    }
    values.findAll { name, _value -> name != 'help' }
}

// What is wrong with parameters together, or null.
def conflict_of(values) {
    def repeated = ['seeds', 'alphas', 'resolutions'].find { name ->
        def numbers = values[name].tokenize(',').collect { number -> number.toBigDecimal().stripTrailingZeros() }
        numbers.size() != numbers.toSet().size()
    }
    if (repeated) {
        return "--${repeated} names a value twice; found '${values[repeated]}'"
    }
    def needed = [
        [values.spatial_rule == 'radius', '--spatial_rule radius', 'spatial_radius'],
        [values.spatial_rule == 'radius' && values.section_key, '--spatial_rule radius with --section_key', 'section_radius'],
        [values.section_order, '--section_order', 'section_key'],
        [values.section_radius, '--section_radius', 'section_key'],
        [values.near_percentile, '--near_percentile', 'distance_decay'],
    ].find { wanted, _what, other -> wanted && values[other] == null }
    if (needed) {
        return "${needed[1]} needs --${needed[2]}, which is not set"
    }
    if (values.example == 'cortex' && values.n_areas >= values.n_spots) {
        return "--n_areas must be below --n_spots (${values.n_spots}); found '${values.n_areas}'"
    }
    return null
}

// [every parameter as JSON, the command that repeats the run]: what the results say of how they were made.
def about(values) {
    def properties = schema_properties()
    def running = schema_groups().running.properties.keySet() // not a part of the results, and nobody else's business
    def simulated = values.example == 'cortex' ? [] : schema_groups().simulated_cortex.properties.keySet()
    def told = values.findAll { name, _value -> !(name in running) && !(name in simulated) }
    def changed = told.findAll { name, value -> value != typed(properties[name].default, properties[name]) }
        .collect { name, value -> "--${name}${value.toString().startsWith('-') ? '=' : ' '}${shell_word(value)}" }
    def where = workflow.repository ? "nextflow run ${workflow.repository} -r ${workflow.revision}" : './nextflow run .'
    def profile = workflow.profile == 'standard' ? [] : ["-profile ${workflow.profile}"]
    def command = ([where] + profile + changed).join(' ')
    [groovy.json.JsonOutput.toJson(told), command]
}

def help_text() {
    def lines = schema_groups().values().collectMany { group ->
        ["\n${group.title}: ${group.description}"] + group.properties.collect { name, described ->
            def range = described['enum'] ? " (${described['enum'].join(', ')})" : ''
            def initial = described.containsKey('default') ? " [${described.default}]" : ''
            "  --${name.padRight(24)} ${described.description}${range}${initial}"
        }
    }
    "Usage: ./nextflow run . --input samples.csv --outdir results\n" + lines.join('\n') + "\n"
}
