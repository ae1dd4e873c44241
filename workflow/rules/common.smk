# Reads and checks the configuration; what needs thinking lives in symbrain/ and has a test.
import os
import sys
from functools import cache
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DeploymentMethod
from snakemake.utils import validate

from symbrain import __version__ as version
from symbrain.configfile import problem_with, typed
from symbrain.learning.packaged import packaged_digests
from symbrain.settings import flags, table_flag

config.update(typed(config))
if problem := problem_with(config):
    raise WorkflowError(problem)
validate(config, "../schemas/config.schema.yaml")  # fills in the defaults

# Jobs call the symbrain that is installed beside this snakemake, whether or not its environment is activated.
os.environ.update(PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]))
notebooks = sorted(path.stem for path in Path(workflow.basedir, "notebooks").glob("qc_*.ipynb"))
gathered = "scores subjects regions maps slice_scores exclusions repeatability sides phenotype/asymmetry".split()


wildcard_constraints:
    chunk=r"\d+",
    fold=r"\d+|all",


def settings(stage):
    """The section of a stage as flags of its verb: a changed key re-runs this stage and what follows."""
    return flags(stage, config[stage])


def dataset(wildcards):
    """The embedded cohort as an input; a dataset of the user's own is tracked by its inventory."""
    return [] if config["bids_dir"] else "phantom_cohort/dataset_description.json"


def inventory(wildcards):
    """What a changed dataset is known by: the recipe of the embedded cohort, or a digest of the user's files."""
    return digest_of_files(config["bids_dir"]) if config["bids_dir"] else [config["seed"], *settings("phantom")]


@cache
def digest_of_files(bids_dir):
    from symbrain.bids import inventory

    return inventory(Path(bids_dir))


def environment(wildcards):
    """The named environment, where --sdm conda asks for it; without, Snakemake would still call conda to describe it."""
    return "symbrain" if DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method else None


def every_chunk(stage):
    return expand("<results>/chunks/{stage}/{chunk}.tsv", stage=stage, chunk=range(config["chunks"]))
