// What --help prints.

include { schema_groups } from './schema'

def help_text() {
    def lines = schema_groups().values().collectMany { group ->
        ["\n${group.title}: ${group.description}"] + group.properties.collect { name, described ->
            def range = described['enum'] ? " (${described['enum'].join(', ')})" : ''
            def initial = described.containsKey('default') ? " [${described.default}]" : ''
            "  --${name.padRight(24)} ${described.description}${range}${initial}"
        }
    }
    "Usage: ./nextflow run . --input samples.csv --outdir results\n" + lines.join('\n') + "\n"
}
