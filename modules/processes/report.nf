include { after_failure } from '../functions/failures'
include { code_version } from '../functions/version'
include { shell_word ; yaml_of } from '../functions/words'

process REPORT {
    tag "${sample}"
    label 'reporting'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), path(spots), path(metrics), path(spatial_graph), path(connection_graph), path(histories), \
        path(input_summary), path(connection_summary), path(notes), val(need), val(made_on), \
        val(own), val(parameters)
    val command
    tuple path(notebook, stageAs: 'notebook/*'), path(page), path(schema), val(_code)

    output:
    tuple val(sample), path('report.html'), emit: html
    tuple val(sample), path('{report.html,report.ipynb,figures}'), emit: published
    path 'versions.yml', emit: versions

    script:
    def files = [
        sample: sample, spots_file: spots, metrics_file: metrics, history_files: [histories].flatten(), notes_file: notes,
        spatial_graph_file: spatial_graph, connection_graph_file: connection_graph, input_summary_file: input_summary,
        connection_summary_file: connection_summary, parameters_file: 'parameters.json', command_file: 'command.txt',
        schema_file: schema, versions_file: 'versions.yml', figures_folder: 'figures',
    ] + (own ? [own_parameters: own] : [:])
    """
    versions.py REPORT anndata click h5py igraph matplotlib nbconvert numpy pandas papermill safetensors \\
        scanpy scikit-learn scipy torch torch-geometric umap-learn > versions.yml
    echo '  nextflow: "${workflow.nextflow.version}"' >> versions.yml
    echo '  spacon-nf: "${code_version()}"' >> versions.yml
    printf '%s\\n' ${shell_word(parameters)} > parameters.json
    printf '%s\\n' ${shell_word(command)} > command.txt
    printf '%s\\n' ${shell_word(yaml_of(files))} > notebook.yml
    date -u ${made_on ? "--date ${made_on}" : ''} "+made_on: '%F'" >> notebook.yml
    notebook.py --notebook ${notebook} --page ${page} --parameters notebook.yml --title 'SpaCon: ${sample}' \\
        --executed report.ipynb --html report.html
    """

    stub:
    """
    mkdir figures
    touch report.html report.ipynb figures/map.png
    versions.py REPORT > versions.yml
    """
}
