// Values as words of a shell's command line.

// A value as one word: whatever is in it, the script gets just that. Control characters are written out, as Nextflow
// shifts the lines of a task's script.
def shell_word(value) {
    def text = value.toString()
    if (text ==~ /[\w.,\/-]+/) {
        return text
    }
    if (!text.find(/\p{Cntrl}/)) {
        return "'" + text.replace("'", "'\\''") + "'"
    }
    def letters = text.toList().collect { letter ->
        letter ==~ /\p{Cntrl}/ ? String.format('\\%03o', letter.codePointAt(0)) : letter in ["'", '\\'] ? "\\${letter}" : letter
    }
    "\$'${letters.join()}'"
}

// Lines of YAML, of texts and of lists of texts.
def yaml_of(values) {
    values.collect { name, value ->
        def texts = [value].flatten().collect { text -> "'${text.toString().replace("'", "''")}'" }
        "${name}: ${value instanceof List ? "[${texts.join(', ')}]" : texts[0]}"
    }.join('\n')
}
