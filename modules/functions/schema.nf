// The parameters as nextflow_schema.json describes them.

def schema_groups() {
    new groovy.json.JsonSlurper().parse(file("${projectDir}/nextflow_schema.json", glob: false).toFile())['$defs']
}

def schema_properties() {
    schema_groups().values().collectEntries { group -> group.properties }
}

// The parameters that the results depend on; the others are not a part of them, and nobody else's business.
def told_of(values) {
    def groups = schema_groups()
    def left_out = ['outdir', 'help'] + [groups.running, groups.planning, groups.crate].collectMany { group -> group.properties.keySet() }
    def simulated = values.example == 'cortex' ? [] : groups.simulated_cortex.properties.keySet()
    values.findAll { name, _value -> !(name in left_out) && !(name in simulated) }
}
