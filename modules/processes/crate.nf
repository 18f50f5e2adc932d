include { after_failure } from '../functions/failures'

process CRATE {
    label 'light'
    errorStrategy { after_failure(task, '', 'stop') }

    input:
    path record
    path files, stageAs: 'made/?/*' // in the order in which the record names them
    path pipeline, stageAs: 'pipeline/*'
    tuple val(_options), val(_code)

    output:
    path 'results.crate.zip', emit: crate
    path 'ro-crate-metadata.json'
    path 'README.md'
    path 'verify.py'
    path 'source'
    path 'inputs', optional: true
    path 'image', optional: true

    script:
    """
    crate.py --record ${record} --made made --pipeline pipeline --source source --crate results.crate.zip \\
        --metadata ro-crate-metadata.json --readme README.md --verifier verify.py
    """

    stub:
    """
    mkdir source
    touch results.crate.zip ro-crate-metadata.json README.md verify.py
    """
}
