// The tasks of a sample by stage, counted from the lists that the workflows fan out, and how long they will take.

include { alpha_batches ; resolution_batches } from './lists'
include { inputs_of_stages                   } from './stages'

// [stage: [how many items each task computes, ...]]: a task takes time to start, and for each item.
def items_of_tasks(plan, found) {
    def spots = found.spots
    def alphas = alpha_batches(plan, spots).collect { batch -> batch.size() }
    def resolutions = resolution_batches(plan, spots).collect { batch -> batch.size() }
    def clusterings = plan.seeds.size() * plan.alphas.size() * plan.resolution_options.size()
    (found.time_s?.assemble ? [assemble: [1]] : [:]) + [
        validate: [1],
        preprocess: [1],
        spatial_graph: [1],
        connection_graph: [1],
        train: plan.seeds.collect { _seed -> plan.epochs },
        embed: plan.seeds.collect { _seed -> 1 },
        neighbors: plan.seeds.collectMany { _seed -> alphas },
        layout: alphas, // of the first seed
        cluster: plan.seeds.collectMany { _seed -> [alphas, resolutions].combinations { of_alphas, of_resolutions -> of_alphas * of_resolutions } },
        evaluate: [clusterings],
    ] + (found.time_s?.surfaces ? [surfaces: [1]] : [:]) + [report: [clusterings]]
}

// A row per stage: the number of tasks, the MB of each, the seconds of the longest, and the CPU seconds of all. A stub run
// knows no sizes, and none of the last three.
def tasks_of(plan, found) {
    items_of_tasks(plan, found).collect { stage, items ->
        def time = found.time_s?.get(stage) ?: [start: 0, each: 0, cores: 1]
        def seconds = items.collect { number -> time.start + time.each * number }
        [
            stage: stage, tasks: items.size(), memory: found.memory_mb?.get(stage), longest: seconds.max(),
            cpu: seconds.sum() * time.cores,
        ]
    }
}

// Seconds until the last report where tasks run as soon as they can, from the rows of each sample: all samples are
// assembled and validated first; then each stage begins when the last of its inputs is there.
def longest_chain(samples) {
    def seconds = samples.collect { tasks -> tasks.collectEntries { row -> [row.stage, row.longest] } }
    seconds.collect { longest -> (longest.assemble ?: 0) + longest.validate }.max() + seconds.collect { longest -> chain_of(longest) }.max()
}

def chain_of(longest) {
    inputs_of_stages().inject([:]) { ended, stage, inputs ->
        def own = stage in ['assemble', 'validate'] ? 0 : longest[stage] ?: 0
        ended + [(stage): own + (inputs.collect { input -> ended[input] } + [0]).max()]
    }.report
}
