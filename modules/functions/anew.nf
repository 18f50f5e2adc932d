// What an earlier run has not computed.

include { alpha_batches ; resolution_batches } from './lists'
include { with_followers                     } from './stages'

// Of these stages, which the run has, those that it would compute anew with -resume, for samples of so many spots.
def computed_anew(plan, numbers_of_spots, stages) {
    def earlier = plan.earlier.lists
    def fanned = [
        train: plan.seeds - earlier.seeds,
        layout: plan.seeds[0] == earlier.seeds[0] ? [] : plan.seeds,
        neighbors: numbers_of_spots.collectMany { spots -> alpha_batches(plan, spots) - alpha_batches(earlier, spots) },
        cluster: numbers_of_spots.collectMany { spots -> resolution_batches(plan, spots) - resolution_batches(earlier, spots) },
    ].findAll { _stage, items -> items }.keySet()
    def begun = (plan.earlier.stages + fanned).findAll { stage -> stage in stages } // what no sample needs has no followers
    with_followers(begun).findAll { stage -> stage in stages }
}
