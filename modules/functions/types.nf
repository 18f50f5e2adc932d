// The type of a parameter's value: what comes as text, a number or a list is brought to what the schema names.

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

// A path that begins with the home folder, as a shell would have it; in a file of parameters there is none.
def from_home(path) {
    path.toString().replaceFirst('^~/', "${System.getProperty('user.home')}/")
}
