#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs every fuzz target for the given time. The go command runs only one target at a time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fuzztime=${1:-30s}

packages=$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...)
for package in $packages; do
  dir=$(go list -f '{{.Dir}}' "$package")
  targets=$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$dir"/*_test.go)
  for target in $targets; do
    echo "fuzz: $package $target for $fuzztime"
    go test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "$fuzztime"
  done
done
