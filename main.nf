#!/usr/bin/env nextflow

// SpaCon: brain areas that share both molecules and wiring, from spatial gene expression and connectivity.
//
//   validate -> preprocess -> spatial_graph    -> train -> embed -> fuse ------> cluster --------> evaluate -> report
//                          -> connection_graph -> (per seed)     (per alpha)  (per resolution)              -> overview

include { CELEGANS                                  } from './modules/celegans'
include { CORTEX                                    } from './modules/cortex'
include { VALIDATE                                  } from './modules/validate'
include { PREPROCESS                                } from './modules/preprocess'
include { SPATIAL_GRAPH                             } from './modules/spatial_graph'
include { CONNECTION_GRAPH                          } from './modules/connection_graph'
include { TRAIN                                     } from './modules/train'
include { EMBED                                     } from './modules/embed'
include { FUSE                                      } from './modules/fuse'
include { CLUSTER                                   } from './modules/cluster'
include { EVALUATE                                  } from './modules/evaluate'
include { REPORT                                    } from './modules/report'
include { OVERVIEW                                  } from './modules/overview'
include { samples_of                                } from './modules/samplesheet'
include { script_of ; notebook_of                   } from './modules/scripts'
include { checked_parameters ; help_text ; about    } from './modules/parameters'
include { killed_in_words ; needed                  } from './modules/environment'

workflow SPACON {
    take:
    samples // [sample, expression.h5ad, connectivity.npy or .npz]
    values  // every parameter by name

    main:
    def seeds = values.seeds.tokenize(',')
    def alphas = values.alphas.tokenize(',')
    def resolutions = values.n_clusters
        ? ["--n-clusters ${values.n_clusters}"]
        : values.resolutions.tokenize(',').collect { resolution -> "--resolution ${resolution}" }

    VALIDATE(samples, script_of('validate', values))
    all_valid = VALIDATE.out.problem
        .filter { _sample, problem -> problem.size() }
        .map { sample, problem -> "sample ${sample}: ${problem.text.trim()}" }
        .toSortedList()
        .map { problems -> problems ? error(problems.join('\n')) : true } // nothing is computed before all are checked
    // [sample, memory in MB], as validation estimated it for a stage
    def need = { stage -> VALIDATE.out.summary.map { sample, summary -> [sample, needed(stage, summary)] } }
    valid = samples.combine(all_valid) // [sample, expression.h5ad, connectivity, true]
    expressions = valid.map { sample, expression, _connectivity, _all_valid -> [sample, expression] }
    connectivities = valid.map { sample, _expression, connectivity, _all_valid -> [sample, connectivity] }

    PREPROCESS(expressions.join(need('preprocess')), script_of('preprocess', values))
    preprocessed = PREPROCESS.out.expression // [sample, preprocessed.h5ad]

    SPATIAL_GRAPH(preprocessed.join(need('spatial_graph')), script_of('spatial_graph', values))
    CONNECTION_GRAPH(preprocessed.join(connectivities).join(need('connection_graph')), script_of('connection_graph', values))
    graphs = SPATIAL_GRAPH.out.graph.join(CONNECTION_GRAPH.out.graph) // [sample, spatial_graph.npz, connection_graph.npz]
    inputs = preprocessed.join(graphs) // [sample, preprocessed.h5ad, spatial_graph.npz, connection_graph.npz]

    TRAIN(inputs.combine(channel.fromList(seeds)).combine(need('train'), by: 0), script_of('train', values))
    EMBED(inputs.combine(TRAIN.out.model, by: 0).combine(need('embed'), by: 0), script_of('embed', values))
    embeddings = EMBED.out.embedding // [sample, seed, embedding.npz]

    FUSE(embeddings.combine(channel.fromList(alphas)).combine(need('fuse'), by: 0), script_of('fuse', values))
    mixes = FUSE.out.fused // [sample, seed, alpha, fused.npz]
    CLUSTER(
        mixes.combine(preprocessed, by: 0).combine(channel.fromList(resolutions)).combine(need('cluster'), by: 0),
        script_of('cluster', values),
    )

    // Per sample, all that its seeds, alphas and resolutions gave; the first seed and alpha are shown as X_spacon.
    histories = TRAIN.out.history.groupTuple(size: seeds.size(), sort: true)
    clusterings = CLUSTER.out.clustering.groupTuple(size: seeds.size() * alphas.size() * resolutions.size(), sort: true)
    shown_embedding = embeddings
        .filter { _sample, seed, _embedding -> seed == seeds[0] }
        .map { sample, _seed, embedding -> [sample, embedding] }
    shown_mixes = mixes
        .filter { _sample, seed, _alpha, _fused -> seed == seeds[0] }
        .map { sample, _seed, alpha, fused -> [sample, [alphas.indexOf(alpha), fused]] }
        .groupTuple(size: alphas.size())
        .map { sample, numbered -> [sample, numbered.sort { pair -> pair[0] }.collect { pair -> pair[1] }] }

    EVALUATE(
        inputs.join(histories).join(shown_embedding).join(shown_mixes).join(clusterings).join(need('evaluate')),
        about(values),
        script_of('evaluate', values),
    )
    REPORT(
        EVALUATE.out.results
            .join(graphs)
            .join(histories)
            .join(VALIDATE.out.summary)
            .join(CONNECTION_GRAPH.out.summary)
            .join(need('report')),
        about(values),
        notebook_of('report'),
    )
    OVERVIEW(
        EVALUATE.out.metrics.toSortedList { first, second -> first.name <=> second.name },
        about(values),
        notebook_of('overview'),
    )

    emit:
    versions = VALIDATE.out.versions.mix(
        PREPROCESS.out.versions, SPATIAL_GRAPH.out.versions, CONNECTION_GRAPH.out.versions, TRAIN.out.versions,
        EMBED.out.versions, FUSE.out.versions, CLUSTER.out.versions, EVALUATE.out.versions, REPORT.out.versions,
        OVERVIEW.out.versions,
    )
}

workflow {
    def values = checked_parameters(params)
    if (values.help) {
        log.info(help_text())
    }
    else {
        if (values.example == 'celegans') {
            CELEGANS(file("${projectDir}/containers/celegans.lock"), script_of('celegans', values))
            samples = CELEGANS.out.sample
        }
        else if (values.example == 'cortex') {
            CORTEX(script_of('cortex', values))
            samples = CORTEX.out.sample
        }
        else {
            samples = channel.fromList(samples_of(values.input))
        }
        SPACON(samples, values)

        def pipeline_info = "${values.outdir}/pipeline_info"
        SPACON.out.versions
            .unique { versions -> versions.text }
            .collectFile(name: 'versions.yml', storeDir: pipeline_info, sort: true)
        channel.of(groovy.json.JsonOutput.prettyPrint(about(values)[0]))
            .collectFile(name: 'params.json', storeDir: pipeline_info, newLine: true)
    }

    workflow.onError = {
        killed_in_words(workflow.errorReport)
    }
    workflow.onComplete = {
        if (workflow.success && !values.help) {
            log.info("\nDone in ${workflow.duration}. Open ${values.outdir}/index.html, which links each sample's report.\n")
        }
    }
}
