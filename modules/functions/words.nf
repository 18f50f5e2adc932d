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

// An option once for each file.
def each_word(option, files) {
    [files].flatten().collect { file -> "${option} ${shell_word(file)}" }.join(' ')
}

// What follows a script whose words are in log.txt and whose exit status is in $status: bad input (exit status 2) does not
// fail the task; modules/functions/failures.nf takes it from problem.txt.
def refusal(file) {
    [
        'cat log.txt >&2',
        // HDF5's library crashes on some damaged files: abort, bus error or segmentation fault.
        'if [[ $status == 13[459] ]]; then',
        "    printf 'error: %s: is damaged: reading it crashed; make the file anew\\n' ${shell_word(file.name)} >> log.txt",
        '    status=2',
        'fi',
        "sed -n 's/^error: //p' log.txt > problem.txt",
        'if [ $status -eq 2 ] && [ ! -s problem.txt ] || [ $status -ne 0 ] && [ $status -ne 2 ]; then exit $status; fi',
    ].join('\n    ')
}

// Lines of YAML, of texts and of lists of texts.
def yaml_of(values) {
    values.collect { name, value ->
        def texts = [value].flatten().collect { text -> "'${text.toString().replace("'", "''")}'" }
        "${name}: ${value instanceof List ? "[${texts.join(', ')}]" : texts[0]}"
    }.join('\n')
}
