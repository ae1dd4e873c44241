"""Everything that learns: networks, losses, the symmetry mechanisms, one training loop, and bundles of weights.

torch and monai are known here and nowhere else. A module of this package knows no file of the pipeline beyond its
bundle.
"""
