#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Removes the operator from the current cluster, unless that would leave recordings or
# finalizers behind that only the operator can end. The operator's subcommand
# removal-check decides, as it does for helm uninstall.
#
#   KUBECTL    the kubectl to use (kubectl)
#   MANIFESTS  the folder that the operator was installed from (config/default)
#   TIMEOUT    the seconds to wait for each step (90)
#   WAIT       the seconds to wait for recordings that are being deleted (3600)
#   FORCE      true: delete all schedules and CloudRecordings, and leave their recordings running
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

# holding RESOURCE FINALIZER prints "NAMESPACE NAME" of each object with the finalizer.
holding() {
  k get "$1" --all-namespaces --output=go-template="{{range .items}}{{\$object := .metadata}}{{range .metadata.finalizers}}\
{{if eq . \"$2\"}}{{\$object.namespace}} {{\$object.name}}{{\"\\n\"}}{{end}}{{end}}{{end}}"
}

# release RESOURCE FINALIZER removes the finalizer from all objects. It removes no other
# finalizer: the patch is refused if the object's list has changed in the meantime.
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

# orphan deletes all CloudRecordings and leaves their recordings running. If no operator
# removes the finalizers, it does so itself.
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

# check runs the operator's removal check. It uses kubectl's configuration, or that of the
# pod if there is none.
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

# let_go deletes all schedules and CloudRecordings, and leaves their recordings running.
let_go() {
  local recordings
  if crd_exists "$schedules"; then
    # A schedule that owns its recordings must not delete them before they are orphaned.
    k delete cloudrecordingschedules --all --all-namespaces --cascade=orphan --timeout="${timeout}s"
  fi
  crd_exists "$crd" || return 0
  recordings=$(k get cloudrecordings --all-namespaces --ignore-not-found)
  [ -n "$recordings" ] || return 0
  say "These recordings are let go of. They run on and are billed until something else ends them:" "" "$recordings" ""
  orphan
}

# remove_operator stops the pods before it removes their permissions.
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
# The operator still runs, so that a recording that was created just now is stopped and
# not left behind.
k delete customresourcedefinitions "$crd" --ignore-not-found --timeout="${timeout}s"
# No recording needs a Secret any more.
release secrets "$in_use_finalizer"
remove_operator
