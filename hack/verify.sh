#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Fails if generated files, formatting or the go.mod files of the given modules are out of date.
# It works on a copy, so that it does not change the working tree and includes uncommitted changes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/committed"
# The files that Git tracks or would track, without deleted ones.
git ls-files -z --cached --others --exclude-standard |
  while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
  tar --null -T - -cf - | tar -xf - -C "$work/committed"
cp -R "$work/committed" "$work/generated"

make --no-print-directory -C "$work/generated" generate manifests reference dashboard chart
failed=0
if ! (cd "$work" && diff -ru committed generated); then
  echo "verify: generated files are out of date: run 'make generate manifests reference dashboard chart'" >&2
  failed=1
fi

unformatted=$(cd "$work/committed" && gofmt -l .)
if [ -n "$unformatted" ]; then
  echo "$unformatted" >&2
  echo "verify: these files are not formatted: run 'make fmt'" >&2
  failed=1
fi

for module in "$@"; do
  if ! go -C "$module" mod tidy -diff; then
    echo "verify: $module/go.mod or go.sum is not tidy: run 'go -C $module mod tidy'" >&2
    failed=1
  fi
done
exit "$failed"
