// The range of one parameter's value, as the schema gives it.

include { nearest } from './names'

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
