# A scan walks through rooms, and each room has one name:
#
#     ingest → align → slices → train_midline → train_asymmetry → score → report
#
# The name is the section of config/config.yaml, the file in workflow/rules/, the command `symbrain <name>`,
# the module in symbrain/stages/ and the folder of logs. When no dataset is named, `phantom` makes one first.
from pathlib import Path

from snakemake.utils import min_version

from symbrain.lock import release_stale

min_version("9.0")
if workflow.is_main_process:  # jobs leave the lock of their run alone
    release_stale(Path.cwd())  # of a run that was killed; one at work keeps its own


configfile: f"{workflow.basedir}/config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/phantom.smk"
include: "workflow/rules/ingest.smk"
include: "workflow/rules/align.smk"
include: "workflow/rules/slices.smk"
include: "workflow/rules/train_midline.smk"
include: "workflow/rules/train_asymmetry.smk"
include: "workflow/rules/score.smk"
include: "workflow/rules/report.smk"


rule all:
    input:
        "<results>/scores.tsv",
        "<results>/index.html",
        expand("<results>/notebooks/{name}.html", name=notebooks) if config["report"]["notebooks"] else [],
