// What the results say of how they were made.

include { schema_properties ; told_of } from './schema'
include { typed                       } from './types'
include { shell_word                  } from './words'

// The command that repeats the run.
def command_of(values) {
    def properties = schema_properties()
    def changed = told_of(values).findAll { name, value -> value != typed(name, properties[name]['default'], properties[name]) }
        .collect { name, value -> "--${name}${value.toString().startsWith('-') ? '=' : ' '}${shell_word(value)}" }
    def where = workflow.repository ? "nextflow run ${workflow.repository} -r ${workflow.revision}" : './nextflow run .'
    def profile = workflow.profile == 'standard' ? [] : ["-profile ${workflow.profile}"]
    ([where] + profile + changed).join(' ')
}
