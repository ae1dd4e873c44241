"""The stages: paths in, paths out. They never import each other; they meet in files."""
