// Names that were given against names that are known.

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

// Whether a name is another but for a slip.
def nearly(name, other) {
    def letters = distance(name, other)
    letters <= 2 && 3 * letters <= name.size()
}

// A name that we do not know: typed on the command line or nearly one of ours, it is a mistake; else it belongs to the
// settings of a site or of another pipeline.
def check_names(given, known) {
    def unknown = given.keySet().findAll { name -> !(name in known) }
    def mistaken = unknown.find { name ->
        nearly(name, nearest(name, known)) || as_typed(name).any { typed ->
            " ${workflow.commandLine} ".find("\\s--${java.util.regex.Pattern.quote(typed)}[=\\s]")
        }
    }
    if (mistaken) {
        error("unknown parameter --${mistaken}; did you mean --${nearest(mistaken, known)}? (--help lists them all)")
    }
    if (unknown) {
        log.warn("ignored, as they are not parameters of this pipeline: ${unknown.join(', ')}")
    }
}

// How a parameter may stand on the command line: Nextflow makes `workDir` of `--work-dir`.
def as_typed(name) {
    [name, name.replaceAll(/[A-Z]/) { letter -> "-${letter.toLowerCase()}" }]
}
