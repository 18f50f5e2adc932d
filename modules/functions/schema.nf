// The parameters as nextflow_schema.json describes them.

def schema_groups() {
    new groovy.json.JsonSlurper().parse(file("${projectDir}/nextflow_schema.json", glob: false).toFile())['$defs']
}

def schema_properties() {
    schema_groups().values().collectEntries { group -> group.properties }
}

// The parameters that a sample may have of its own, in its row of the samplesheet: of the groups marked so.
def sample_properties() {
    schema_groups().values().findAll { group -> group.per_sample }.collectEntries { group -> group.properties }
}

// The names of parameters that the results do not depend on, which are nobody else's business.
def aside_names() {
    def groups = schema_groups()
    ['outdir', 'help'] + [groups.running, groups.planning, groups.crate].collectMany { group -> group.properties.keySet() }
}

// The parameters that the results depend on, and so a part of them.
def told_of(values) {
    def simulated = schema_groups().simulated_cortex.properties
        .findAll { _name, described -> !(values.example && described.stages.any { stage -> stage.startsWith(values.example) }) }.keySet()
    def left_out = aside_names() + simulated
    values.findAll { name, _value -> !(name in left_out) }
}
