#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Removes the operator from the current cluster, unless that would strand what
# only the operator can end: recordings, and finalizers. The operator's subcommand
# removal-check decides on that, as it does for helm uninstall.
#
#   KUBECTL    the kubectl to use (kubectl)
#   MANIFESTS  the folder that the operator was installed from (config/default)
#   TIMEOUT    how many seconds to wait for each step (90)
#   WAIT       how many seconds to wait for recordings that are being deleted (3600)
#   FORCE      true: delete all schedules and CloudRecordings, and let their recordings run on
set -euo pipefail

read -ra kubectl <<<"${KUBECTL:-kubectl}"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
manifests=${MANIFESTS:-$root/config/default}
timeout=${TIMEOUT:-90}
wait=${WAIT:-3600}
force=${FORCE:-false}

crd=cloudrecordings.cloudrecording.dev
schedules=cloudrecordingschedules.cloudrecording.dev
stop_finalizer=cloudrecording.dev/stop
in_use_finalizer=cloudrecording.dev/in-use

k() { "${kubectl[@]}" "$@"; }
say() { printf '%s\n' "$@" >&2; }

# holding RESOURCE FINALIZER: prints "NAMESPACE NAME" of each object with that
# finalizer.
holding() {
  k get "$1" --all-namespaces --output=go-template="{{range .items}}{{\$object := .metadata}}{{range .metadata.finalizers}}\
{{if eq . \"$2\"}}{{\$object.namespace}} {{\$object.name}}{{\"\\n\"}}{{end}}{{end}}{{end}}"
}

# release RESOURCE FINALIZER: takes that finalizer off all objects, and no other:
# the patch is refused if an object's list has changed meanwhile.
release() {
  local objects namespace name index
  objects=$(holding "$1" "$2")
  while read -r namespace name; do
    [ -n "$name" ] || continue
    index=$(k get "$1" "$name" --namespace="$namespace" --ignore-not-found \
      --output=go-template="{{range \$i, \$f := .metadata.finalizers}}{{if eq \$f \"$2\"}}{{\$i}}{{end}}{{end}}")
    [ -n "$index" ] || continue
    k patch "$1" "$name" --namespace="$namespace" --type=json --patch="[
      {\"op\": \"test\", \"path\": \"/metadata/finalizers/$index\", \"value\": \"$2\"},
      {\"op\": \"remove\", \"path\": \"/metadata/finalizers/$index\"}]"
  done <<<"$objects"
}

# orphan lets go of all recordings: by the operator, and without it if there is
# none that works.
orphan() {
  local objects namespace name
  objects=$(k get cloudrecordings --all-namespaces \
    --output=go-template='{{range .items}}{{.metadata.namespace}} {{.metadata.name}}{{"\n"}}{{end}}')
  while read -r namespace name; do
    [ -n "$name" ] || continue
    k patch cloudrecordings "$name" --namespace="$namespace" --type=merge --patch='{"spec":{"deletionPolicy":"Orphan"}}'
  done <<<"$objects"
  k delete cloudrecordings --all --all-namespaces --timeout="${timeout}s" || release cloudrecordings "$stop_finalizer"
}

crd_exists() { [ -n "$(k get customresourcedefinitions "$1" --ignore-not-found --output=name)" ]; }

# check asks the operator's own check whether it may go. That knows the cluster
# by the configuration of kubectl, or as a pod where there is none.
check() {
  local arguments=(--with-definitions --deletion-timeout="${wait}s" --secrets-timeout="${timeout}s"
    --kubectl="${kubectl[*]}" --again="make undeploy" --again-by-force="make undeploy FORCE=true")
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  if k config view --raw --flatten --minify >"$folder/kubeconfig" 2>/dev/null; then
    arguments+=(--kubeconfig="$folder/kubeconfig")
  fi
  CGO_ENABLED=0 go -C "$root" run . removal-check "${arguments[@]}"
}

# let_go deletes what there is, and leaves the recordings running.
let_go() {
  local recordings
  if crd_exists "$schedules"; then
    # One that owns its recordings must leave them to be let go of.
    k delete cloudrecordingschedules --all --all-namespaces --cascade=orphan --timeout="${timeout}s"
  fi
  crd_exists "$crd" || return 0
  recordings=$(k get cloudrecordings --all-namespaces --ignore-not-found)
  [ -n "$recordings" ] || return 0
  say "These recordings are let go of. They run on and are billed until something else ends them:" "" "$recordings" ""
  orphan
}

# remove_operator ends the pods before it takes their permissions away.
remove_operator() {
  local deployments namespace name
  deployments=$(k kustomize "$manifests" | k create --dry-run=client --filename=- \
    --output=go-template='{{if eq .kind "Deployment"}}{{.metadata.namespace}} {{.metadata.name}}{{"\n"}}{{end}}')
  while read -r namespace name; do
    [ -n "$name" ] || continue
    k delete deployment "$name" --namespace="$namespace" --ignore-not-found --cascade=foreground --timeout="${timeout}s"
  done <<<"$deployments"
  k delete --kustomize="$manifests" --ignore-not-found --timeout="${timeout}s"
}

if [ "$force" = true ]; then
  let_go
elif crd_exists "$crd" || crd_exists "$schedules"; then
  check
fi
# The operator still runs: a recording that was created just now is stopped,
# not stranded.
k delete customresourcedefinitions "$crd" --ignore-not-found --timeout="${timeout}s"
# Nothing can need a Secret any more.
release secrets "$in_use_finalizer"
remove_operator
