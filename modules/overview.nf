process OVERVIEW {
    label 'reporting'

    input:
    path metrics
    tuple val(_parameters), val(command)
    tuple path(notebook, stageAs: 'notebook/*'), path(page), path(_schema), path(code, stageAs: 'spacon/*')

    output:
    path 'index.html', emit: html
    path 'versions.yml', emit: versions

    script:
    """
    cat > command.txt << 'END_OF_COMMAND'
    ${command}
    END_OF_COMMAND
    echo 'metrics_files: [${[metrics].flatten().join(', ')}]' > notebook.yml
    notebook.py --notebook ${notebook} --page ${page} --parameters notebook.yml --title 'SpaCon: samples' \\
        --executed overview.ipynb --html index.html
    versions.py OVERVIEW nbconvert pandas papermill > versions.yml
    """

    stub:
    """
    touch index.html
    versions.py OVERVIEW > versions.yml
    """
}
