// What an earlier run has not computed.

include { alpha_batches ; resolution_batches } from './lists'
include { with_followers                     } from './stages'

// The stages that a run with -resume would compute anew, for samples of so many spots.
def computed_anew(plan, numbers_of_spots) {
    def earlier = plan.earlier.lists
    def fanned = [
        train: plan.seeds - earlier.seeds,
        layout: plan.seeds[0] == earlier.seeds[0] ? [] : plan.seeds,
        neighbors: numbers_of_spots.collectMany { spots -> alpha_batches(plan, spots) - alpha_batches(earlier, spots) },
        cluster: numbers_of_spots.collectMany { spots -> resolution_batches(plan, spots) - resolution_batches(earlier, spots) },
    ].findAll { _stage, items -> items }.keySet()
    with_followers(plan.earlier.stages + fanned)
}
