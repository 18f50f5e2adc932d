process VALIDATE {
    tag "${sample}"
    label 'light'
    memory { (1.GB + 5 * 1.B * expression.size()) * task.attempt } // perhaps compressed

    input:
    tuple val(sample), path(expression), path(connectivity)
    tuple val(options), path(code, stageAs: 'spacon/*')

    output:
    tuple val(sample), path('validated.json'), emit: summary, optional: true
    tuple val(sample), path('problem.txt'), emit: problem
    path 'versions.yml', emit: versions

    script:
    """
    # Bad input (exit status 2) does not fail the task: main.nf ends the run with this line, and nothing else.
    validate.py --expression ${expression} --connectivity ${connectivity} ${options} \\
        --output validated.json 2> log.txt && status=0 || status=\$?
    cat log.txt >&2
    sed -n 's/^error: //p' log.txt > problem.txt
    [ \$status -eq 0 ] || [ \$status -eq 2 ]
    versions.py VALIDATE anndata numpy scipy > versions.yml
    """

    stub:
    """
    echo "{}" > validated.json
    touch problem.txt
    versions.py VALIDATE > versions.yml
    """
}
