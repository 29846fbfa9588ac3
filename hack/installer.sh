#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Renders a kustomization in config to one file with the given image. It runs KUSTOMIZE, or
# KUBECTL if that is not set.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
image=$1
output=$2
folder=${3:-config/default}

mkdir -p "$(dirname "$output")"
# The placeholder is the image in config/manager. kustomize edit set image would change a tracked file.
rendered=$(${KUSTOMIZE:-${KUBECTL:-kubectl} kustomize} "$folder")
placeholder='cloudrecording-operator:dev'
if ! grep -q "image: $placeholder\$" <<<"$rendered"; then
  echo "installer: $folder has no 'image: $placeholder' to replace" >&2
  exit 1
fi
sed "s|image: $placeholder\$|image: $image|" <<<"$rendered" >"$output.part"
mv "$output.part" "$output"
echo "$output"
