"""Settings of every measurement: those of the published run on the mouse's cortex (conf/presets/mouse_widefield)."""

THREADS = 2

# The size of that run.
SEED_SPOTS = 3_372
GENES = 1_122
AREAS = 12

NEIGHBORS = 15
DECAY, THRESHOLD, FRACTION = 0.006, 0.8, 0.1
WIDTHS = (256, 128, 32)
DROPOUT = 0.1
BATCH_SIZE = 64
FANOUTS = (20, 10, 10)
EPOCHS = 10
LEARNING_RATE = WEIGHT_DECAY = 1e-4
GRADIENT_CLIP = 5.0
CLUSTER_NEIGHBORS, RESOLUTION = 40, 0.6
REFINE_NEIGHBORS = 25

# As in the published run on the whole brain; sections are made as dense as there, 6.7 edges per spot.
SECTIONS = 20
SECTION_KEY = "section"
RADIUS, SECTION_RADIUS = 0.7, 1.0
SPOTS_AN_AREA = 0.76

# Growth with n: regions whose number stays, each wired to so many others nearby that a spot has as many connections
# at every n, and a training step about as many spots.
REGIONS = 2_000
CONNECTIONS_A_SPOT = 100
COMMUNITY = 1_500

# Steps of training before the clock starts, and steps that are timed.
WARM_UP, TIMED = 3, 40
