// The tasks of a sample by stage, counted from the lists that the workflows fan out, and how long they will take.

include { alpha_batches ; resolution_batches } from './lists'
include { inputs_of_stages                   } from './stages'

// [stage: [how many items each task computes, ...]]: a task takes time to start, and for each item.
def items_of_tasks(plan, spots) {
    def each_seed = plan.seeds.collect { _seed -> 1 }
    def alphas = alpha_batches(plan, spots).collect { batch -> batch.size() }
    def resolutions = resolution_batches(plan, spots).collect { batch -> batch.size() }
    def clusterings = plan.seeds.size() * plan.alphas.size() * plan.resolution_options.size()
    [
        validate: [1],
        preprocess: [1],
        spatial_graph: [1],
        connection_graph: [1],
        train: plan.seeds.collect { _seed -> plan.epochs },
        embed: each_seed,
        neighbors: plan.seeds.collectMany { _seed -> alphas },
        layout: alphas, // of the first seed
        cluster: plan.seeds.collectMany { _seed -> [alphas, resolutions].combinations { of_alphas, of_resolutions -> of_alphas * of_resolutions } },
        evaluate: [clusterings],
        report: [clusterings],
    ]
}

// The same as [stage, tasks, MB of each, seconds of the longest, seconds of all, CPU seconds of all]; a stub run knows no
// sizes, and shows zeros.
def tasks_of(plan, found) {
    items_of_tasks(plan, found.spots).collect { stage, items ->
        def time = found.time_s?.get(stage) ?: [start: 0, each: 0, cores: 1]
        def seconds = items.collect { number -> time.start + time.each * number }
        [
            stage: stage, tasks: items.size(), memory: found.memory_mb?.get(stage), longest: seconds.max(),
            cpu: seconds.sum() * time.cores,
        ]
    }
}

// How long a sample takes where all tasks run as soon as they can: each stage begins when the last of its inputs is there.
def longest_chain(tasks) {
    def longest = tasks.collectEntries { row -> [row.stage, row.longest] }
    inputs_of_stages().inject([:]) { ended, stage, inputs ->
        ended + [(stage): (longest[stage] ?: 0) + (inputs.collect { input -> ended[input] ?: 0 } + [0]).max()]
    }.report
}
