#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Removes the operator from the current cluster, unless that would strand what
# only the operator can end: recordings, and finalizers.
#
#   KUBECTL    the kubectl to use (kubectl)
#   MANIFESTS  the folder that the operator was installed from (config/default)
#   TIMEOUT    how many seconds to wait for each step (90)
#   FORCE      true: delete all CloudRecordings and let their recordings run on
set -euo pipefail

read -ra kubectl <<<"${KUBECTL:-kubectl}"
manifests=${MANIFESTS:-$(dirname "${BASH_SOURCE[0]}")/../config/default}
timeout=${TIMEOUT:-90}
force=${FORCE:-false}

crd=cloudrecordings.cloudrecording.dev
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

crd_exists() { [ -n "$(k get customresourcedefinitions "$crd" --ignore-not-found --output=name)" ]; }

check_recordings() {
  local recordings
  recordings=$(k get cloudrecordings --all-namespaces --ignore-not-found)
  [ -n "$recordings" ] || return 0
  if [ "$force" = true ]; then
    say "These recordings are let go of. They run on and are billed until something else ends them:" "" "$recordings" ""
    orphan
    return
  fi
  say "Nothing was removed, since CloudRecordings exist. Without the operator nobody would stop their recordings," \
    "and their finalizer $stop_finalizer would keep them and their namespaces from being deleted:" \
    "" "$recordings" "" \
    "Delete them first. That stops the recordings and ends when they are stopped; the lists of their files go with them:" \
    "  ${kubectl[*]} delete cloudrecordings --all --all-namespaces" \
    "To let the recordings run on, and be billed, set spec.deletionPolicy to Orphan before you delete them. For all of them:" \
    "  make undeploy FORCE=true"
  exit 1
}

# check_secrets waits for the operator to let go of the Secrets that recordings
# needed.
check_secrets() {
  local deadline=$((SECONDS + timeout)) secrets
  while secrets=$(holding secrets "$in_use_finalizer") && [ -n "$secrets" ]; do
    if [ "$force" = true ]; then
      release secrets "$in_use_finalizer"
      return
    fi
    if [ "$SECONDS" -ge "$deadline" ]; then
      say "Nothing was removed, since these Secrets have the finalizer $in_use_finalizer, which would keep them and their" \
        "namespaces from being deleted. No CloudRecording exists, but no operator has removed it: is one running?" \
        "" "$secrets" "" \
        "To remove that finalizer from all of them, and then the operator:" \
        "  make undeploy FORCE=true"
      exit 1
    fi
    sleep 1
  done
}

# remove_operator ends the pods before it takes their permissions away.
remove_operator() {
  local deployments namespace name
  deployments=$(k kustomize "$manifests" | k create --dry-run=client --filename=- \
    --output=go-template='{{if eq .kind "Deployment"}}{{.metadata.namespace}} {{.metadata.name}}{{"\n"}}{{end}}')
  while read -r namespace name; do
    k delete deployment "$name" --namespace="$namespace" --ignore-not-found --cascade=foreground --timeout="${timeout}s"
  done <<<"$deployments"
  k delete --kustomize="$manifests" --ignore-not-found --timeout="${timeout}s"
}

if crd_exists; then
  check_recordings
  check_secrets
  # The operator still runs: a recording that was created just now is stopped,
  # not stranded.
  k delete customresourcedefinitions "$crd" --timeout="${timeout}s"
fi
# Nothing can need a Secret any more.
release secrets "$in_use_finalizer"
remove_operator
