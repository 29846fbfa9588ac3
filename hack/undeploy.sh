#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Removes the operator from the current cluster, unless that would strand what
# only the operator can end: recordings, and finalizers.
#
#   KUBECTL    the kubectl to use (kubectl)
#   MANIFESTS  the folder that the operator was installed from (config/default)
#   TIMEOUT    how many seconds to wait for each step (90)
#   WAIT       how many seconds to wait for recordings that are being deleted (3600)
#   FORCE      true: delete all schedules and CloudRecordings, and let their recordings run on
set -euo pipefail

read -ra kubectl <<<"${KUBECTL:-kubectl}"
manifests=${MANIFESTS:-$(dirname "${BASH_SOURCE[0]}")/../config/default}
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

# check_schedules has no schedule make recordings while those that there are go.
check_schedules() {
  local left
  left=$(k get cloudrecordingschedules --all-namespaces --ignore-not-found)
  [ -n "$left" ] || return 0
  if [ "$force" = true ]; then
    # One that owns its recordings must leave them to be let go of.
    k delete cloudrecordingschedules --all --all-namespaces --cascade=orphan --timeout="${timeout}s"
    return
  fi
  say "Nothing was removed, since CloudRecordingSchedules exist. They would make further recordings while others are being deleted:" \
    "" "$left" "" \
    "Delete them first. One with spec.ownership Schedule takes its recordings along, and stops what runs:" \
    "  ${kubectl[*]} delete cloudrecordingschedules --all --all-namespaces"
  exit 1
}

# print_left prints a line for each recording: "deleted" if it is being deleted,
# else "kept", and its phase.
print_left() {
  k get cloudrecordings --all-namespaces --ignore-not-found --output=go-template='{{range .items}}
{{- if .metadata.deletionTimestamp}}deleted{{else}}kept{{end}} {{with .status}}{{or .phase "Pending"}}{{else}}Pending{{end}}{{"\n"}}{{end}}'
}

# how_deleting_ends says how long deleting takes, and how it takes less.
how_deleting_ends() {
  say "Deleting a recording stops it, and ends only when it is stopped and its upload is confirmed, or after" \
    "spec.upload.deletionTimeout (30 minutes, if it is not set). Not to wait for the upload, set that to 0s:" \
    "  ${kubectl[*]} patch cloudrecordings NAME --namespace=NAMESPACE --type=merge --patch='{\"spec\":{\"upload\":{\"deletionTimeout\":\"0s\"}}}'"
}

# await_deletion waits for recordings that are being deleted, and says how many of
# which phase are left whenever that changes.
await_deletion() {
  local deadline=$((SECONDS + wait)) left progress before=
  say "All recordings are being deleted. This waits until they are gone."
  how_deleting_ends
  while left=$(print_left) && [ -n "$left" ]; do
    if grep -q '^kept' <<<"$left"; then
      return
    fi
    progress=$(cut -d' ' -f2 <<<"$left" | sort | uniq -c | sed 's/^ *//' | paste -sd, | sed 's/,/, /g')
    [ "$progress" = "$before" ] || say "Left after ${SECONDS}s: $progress"
    before=$progress
    if [ "$SECONDS" -ge "$deadline" ]; then
      say "Nothing was removed: these recordings are still there after ${wait}s. Their Ready condition says why." "" \
        "$(k get cloudrecordings --all-namespaces --output=wide)"
      exit 1
    fi
    sleep 1
  done
}

check_recordings() {
  local left recordings
  left=$(print_left)
  if [ -n "$left" ] && [ "$force" != true ] && ! grep -q '^kept' <<<"$left"; then
    await_deletion
  fi
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
    "Delete them first; the lists of their files go with them:" \
    "  ${kubectl[*]} delete cloudrecordings --all --all-namespaces --wait=false"
  how_deleting_ends
  say "Then run this again: it waits for them, and shows how many are left." \
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
    [ -n "$name" ] || continue
    k delete deployment "$name" --namespace="$namespace" --ignore-not-found --cascade=foreground --timeout="${timeout}s"
  done <<<"$deployments"
  k delete --kustomize="$manifests" --ignore-not-found --timeout="${timeout}s"
}

if crd_exists "$schedules"; then
  check_schedules
fi
if crd_exists "$crd"; then
  check_recordings
  check_secrets
  # The operator still runs: a recording that was created just now is stopped,
  # not stranded.
  k delete customresourcedefinitions "$crd" --timeout="${timeout}s"
fi
# Nothing can need a Secret any more.
release secrets "$in_use_finalizer"
remove_operator
