// Parameters: described once, in nextflow_schema.json; here they are checked and printed.

include { schema_groups ; schema_properties } from './schema'
include { shell_word                        } from './words'

// Parameters that are lists: text with commas, or a list in a file of parameters.
def lists_of_numbers() {
    ['widths', 'fanouts', 'seeds', 'alphas', 'resolutions']
}

def lists() {
    lists_of_numbers() + ['coordinates', 'section_order']
}

// A value of the type that the schema names, null if unset; what cannot be turned into it stays as it is.
def typed(name, value, described) {
    if (value instanceof List && name in lists()) {
        return value.collect { part -> typed('', part, [type: 'string']) }.join(',')
    }
    if (value == null || value.toString() in ['', 'null']) {
        return null
    }
    def text = value.toString().trim()
    if (described.type == 'boolean') {
        return text.toLowerCase() in ['true', 'false'] ? text.toLowerCase() == 'true' : value
    }
    if (described.type == 'string') {
        def plain = value instanceof Double || value instanceof Float || value instanceof BigDecimal
        return value instanceof Map || value instanceof List ? value
            : plain && text.isBigDecimal() ? text.toBigDecimal().toPlainString()
            : name in ['input', 'outdir'] ? from_home(value) : value.toString()
    }
    if (!text.isBigDecimal()) {
        return value
    }
    def number = text.toBigDecimal()
    described.type == 'number' ? number : number.stripTrailingZeros().scale() > 0 ? value
        : number.abs() <= 2147483647 ? number.toInteger() : number.toBigInteger()
}

// Nextflow takes text that looks like a number for one: of `--section_key 01` it tells 1. As it was typed, it stands on
// the command line.
def as_typed_in(name, value, described) {
    if (described.type != 'string' || name in lists_of_numbers() || !(value instanceof Number || value instanceof Boolean)) {
        return value
    }
    def words = (" ${workflow.commandLine} " =~ "\\s--${name}[= ](\\S+)(?=\\s)").collect { found -> found[1] }
    def typed_in = words ? words.last() : ''
    def same = typed_in.isDouble() && value instanceof Number ? typed_in.toDouble().equals(value.toDouble())
        : typed_in.equalsIgnoreCase(value.toString())
    same ? typed_in : value
}

// What is wrong with one value, or null.
def problem_of(value, described) {
    def words = [boolean: 'true or false', integer: 'a whole number', number: 'a number', string: 'text']
    def classes = [boolean: [Boolean], integer: [Integer, BigInteger], number: [BigDecimal], string: [String]]
    if (value == null) {
        return described.containsKey('default') ? 'must not be empty' : null
    }
    if (!classes[described.type].any { type -> type.isInstance(value) }) {
        return "must be ${words[described.type]}"
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
    def maximum = described.maximum ?: described.type == 'integer' ? 2147483647 : null
    if (maximum != null && value > maximum) {
        return "must be at most ${maximum}"
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

// How many letters must be changed, added or removed to make one word of the other; case, '_' and '-' do not count.
def distance(one, other) {
    def (letters, others) = [one, other].collect { word -> word.toString().toLowerCase().replaceAll('[_-]', '').toList() }
    letters.inject((0..others.size()).toList()) { above, letter ->
        others.inject([above[0] + 1]) { row, opposite ->
            def at = row.size()
            row + [[row[-1] + 1, above[at] + 1, above[at - 1] + (letter == opposite ? 0 : 1)].min()]
        }
    }.last()
}

// A name that we do not know: typed on the command line or nearly one of ours, it is a mistake; else it belongs to the
// settings of a site or of another pipeline.
def check_names(given, known) {
    def unknown = given.keySet().findAll { name -> !(name in known) }
    def mistaken = unknown.find { name ->
        def letters = distance(name, nearest(name, known))
        letters <= 2 && 3 * letters <= name.size() || " ${workflow.commandLine} ".find("\\s--${java.util.regex.Pattern.quote(name)}[=\\s]")
    }
    if (mistaken) {
        error("unknown parameter --${mistaken}; did you mean --${nearest(mistaken, known)}? (--help lists them all)")
    }
    if (unknown) {
        log.warn("ignored, as they are not parameters of this pipeline: ${unknown.join(', ')}")
    }
}

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
    if (!values.input && !values.example) {
        error("nothing to do: give --input samples.csv (columns: sample, expression, connectivity), or try -profile celegans")
    }
    if (values.input && values.example) {
        error("--input and --example (set by the profiles test and celegans) exclude each other; found both")
    }
    values.findAll { name, _value -> name != 'help' }
}

// A path that begins with the home folder, as a shell would have it; in a file of parameters there is none.
def from_home(path) {
    path.toString().replaceFirst('^~/', "${System.getProperty('user.home')}/")
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
    def seed = values.seeds.tokenize(',').find { number -> number.toBigInteger() > 4294967295 }
    if (seed) {
        return "--seeds must be at most 4294967295; found '${seed}'"
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
    def changed = told.findAll { name, value -> value != typed(name, properties[name]['default'], properties[name]) }
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
