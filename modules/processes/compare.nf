include { after_failure } from '../functions/failures'

process COMPARE {
    label 'light'
    errorStrategy { after_failure(task, '', 'stop') }

    input:
    path before, stageAs: 'before/*'
    path after, stageAs: 'after/*'
    tuple val(_options), val(_code)

    output:
    path 'replay.csv', emit: table

    script:
    """
    compare.py --before ${before} --after ${after} --output replay.csv
    """

    stub:
    """
    echo output,verdict,adjusted_rand_index,largest_difference,reason > replay.csv
    """
}
