rule phantom:
    output:
        "phantom_cohort/dataset_description.json",
    log:
        "<logs>/phantom/cohort.log",
    conda:
        environment
    threads: workflow.cores or 1
    params:
        out=subpath(output[0], parent=True),
        seed=config["seed"],
        settings=settings("phantom"),
        version=version,
    shell:
        "symbrain phantom --out {params.out:q} --seed {params.seed} --workers {threads} {params.settings:q} 2> {log:q}"
