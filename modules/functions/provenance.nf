// What the results say of how they were made.

include { schema_properties ; told_of } from './schema'
include { typed                       } from './types'
include { shell_word                  } from './words'

// [every parameter as JSON, the command that repeats the run].
def about(values) {
    def properties = schema_properties()
    def told = told_of(values)
    def changed = told.findAll { name, value -> value != typed(name, properties[name]['default'], properties[name]) }
        .collect { name, value -> "--${name}${value.toString().startsWith('-') ? '=' : ' '}${shell_word(value)}" }
    def where = workflow.repository ? "nextflow run ${workflow.repository} -r ${workflow.revision}" : './nextflow run .'
    def profile = workflow.profile == 'standard' ? [] : ["-profile ${workflow.profile}"]
    def command = ([where] + profile + changed).join(' ')
    [groovy.json.JsonOutput.toJson(told), command]
}
