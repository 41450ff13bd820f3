#!/usr/bin/env bash
# Prepares Gradescope's container: unpacks what came with this autograder. Nothing is fetched and nothing is installed.
# ASSAY_AUTOGRADER names another folder than /autograder, for tests.
set -euo pipefail
place=${ASSAY_AUTOGRADER:-/autograder}
mkdir -p "$place/assay/run"
for name in roots engine; do
    tar --extract --gzip --no-same-owner --preserve-permissions --file "$place/source/$name.tar.gz" --directory "$place/assay"
    rm "$place/source/$name.tar.gz"
done
# Users of boxes pass through to their own folders; the suite and the results are root's alone.
chmod 711 "$place" "$place/assay" "$place/assay/run"
chmod 700 "$place/source"
