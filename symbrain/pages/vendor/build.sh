#!/usr/bin/env bash
# Fetch the libraries of package-lock.json from npm, put what the pages need into the folders beside this file, and
# write libraries.tsv. The same lock gives the same bytes.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cp "$here/package.json" "$here/package-lock.json" "$work/"
cd "$work"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
printf 'library\tversion\tlicence\tfile\tsha256\n' > libraries.tsv

# take PACKAGE FOLDER FILE...: copy files of a package, or files that were built here, and list them.
take() {
  local package="node_modules/$1" folder="$2"
  shift 2
  mkdir -p "$here/$folder"
  for file in LICENSE "$@"; do
    [ -e "$file" ] || file="$package/$file"
    cp "$file" "$here/$folder/$(basename "$file")"
    printf '%s\t%s\t%s\t%s\t%s\n' \
      "${package#node_modules/}" \
      "$(node -p "require('./$package/package.json').version")" \
      "$(node -p "require('./$package/package.json').license")" \
      "$folder/$(basename "$file")" \
      "$(sha256sum < "$file" | cut -d' ' -f1)" >> libraries.tsv
  done
}

take tabulator-tables tabulator dist/js/tabulator.min.js dist/css/tabulator_simple.min.css

# NiiVue's package brings no licence, so its own is kept here; those of what is bundled in it follow.
{
  cat "$here/niivue.LICENSE"
  for one in @lukeed/csprng @lukeed/uuid @ungap/structured-clone array-equal fflate gl-matrix nifti-reader-js \
    zarrita @zarrita/storage numcodecs reference-spec-reader unzipit uzip-module; do
    printf '\n----- %s -----\n\n' "$one"
    cat node_modules/"$one"/[Ll][Ii][Cc][Ee][Nn][Ss][Ee]*
  done
} > LICENSE
take @niivue/niivue niivue dist/niivue.umd.js
rm LICENSE

cp libraries.tsv "$here/libraries.tsv"
