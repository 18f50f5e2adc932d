include { after_failure } from '../functions/failures'
include { each_word ; refusal ; shell_word } from '../functions/words'

process ASSEMBLE {
    tag "${sample}"
    label 'light'
    memory { (1.GB + 6 * 1.B * bytes) * task.attempt } // perhaps compressed
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), path(expression, stageAs: 'expression/*'), path(tables, stageAs: 'tables/*'), path(genes, stageAs: 'genes/*'), path(places, stageAs: 'places/*'), path(surfaces, stageAs: 'surfaces/*'), val(_stamp), val(bytes), val(options)
    val _code

    output:
    tuple val(sample), path('spots.h5ad'), emit: spots, optional: true
    tuple val(sample), path('assembly.json'), emit: assembly, optional: true
    tuple val(sample), path('unmatched.csv'), emit: unmatched, optional: true
    tuple val(sample), path('problem.txt'), emit: problem
    path 'versions.yml', emit: versions

    script:
    """
    assemble.py --sample=${sample} --expression ${shell_word(expression)} ${each_word('--tables', tables)} ${each_word('--gene-table', genes)} \\
        ${each_word('--places', places)} ${each_word('--surfaces', surfaces)} ${options} --output spots.h5ad --assembly assembly.json --unmatched unmatched.csv \\
        2> log.txt && status=0 || status=\$?
    ${refusal(expression)}
    versions.py ASSEMBLE anndata nibabel numpy pyarrow scipy zarr > versions.yml
    """

    stub:
    """
    echo "{}" > assembly.json
    touch spots.h5ad problem.txt
    versions.py ASSEMBLE > versions.yml
    """
}
