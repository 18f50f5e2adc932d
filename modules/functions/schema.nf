// The parameters as nextflow_schema.json describes them.

def schema_groups() {
    new groovy.json.JsonSlurper().parse(file("${projectDir}/nextflow_schema.json", glob: false).toFile())['$defs']
}

def schema_properties() {
    schema_groups().values().collectEntries { group -> group.properties }
}
