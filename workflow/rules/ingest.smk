rule ingest:
    input:
        dataset,
    output:
        table="<results>/scans.tsv",
        dictionary="<results>/scans.json",
    log:
        "<logs>/ingest/scans.log",
    localrule: True
    conda:
        environment
    params:
        bids_dir=config["bids_dir"] or "phantom_cohort",
        results=subpath(output.table, parent=True),
        draw=["--seed", config["seed"], "--folds", config["folds"], "--chunks", config["chunks"]],
        settings=settings("ingest"),
        inventory=inventory,
        version=version,
    shell:
        "symbrain ingest {params.bids_dir:q} --out {params.results:q} {params.draw:q} {params.settings:q} 2> {log:q}"
