// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// action is something that happens.
type action interface {
	// kind is what it is counted as.
	kind() string
}

// createRecording creates an object: for a recording that it begins at Agora, or
// one that the operator is to start. One with many sessions has had them already.
type createRecording struct{ recording recordingPlan }

func (a createRecording) kind() string {
	switch {
	case a.recording.outcome == outcomeManySessions:
		return "object created with a hundred sessions"
	case a.recording.outcome.isOfSize():
		return "object created with large annotations"
	case a.recording.starts:
		return "object created, to be started"
	default:
		return "object created, to be adopted"
	}
}

// patchRecording changes a recording's object.
type patchRecording struct {
	name      string
	recording recordingPlan
	change    string
}

func (a patchRecording) kind() string { return a.name }

const kindStopped = "object set to Stopped"

func stopRecording(r recordingPlan) patchRecording {
	return patchRecording{kindStopped, r, `{"spec":{"state":"Stopped"}}`}
}

// orphanRecording lets go of a recording.
func orphanRecording(r recordingPlan) patchRecording {
	return patchRecording{"object set to Orphan while deleted", r, `{"spec":{"deletionPolicy":"Orphan"}}`}
}

func suspendRecording(r recordingPlan) patchRecording {
	return patchRecording{"object suspended", r, `{"spec":{"suspend":true}}`}
}

func resumeRecording(r recordingPlan) patchRecording {
	return patchRecording{"object resumed", r, `{"spec":{"suspend":false}}`}
}

// reconcileAt has the operator look at an object at once: at each time once.
func reconcileAt(r recordingPlan, at time.Time) patchRecording {
	change := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, v1alpha1.ReconcileAtAnnotation, at.Format(time.RFC3339Nano))
	return patchRecording{"object edited: reconcile-at annotation set", r, change}
}

// edits are changes that are none of what is wanted of the recording.
func edits(r recordingPlan) []patchRecording {
	return []patchRecording{
		reconcileAt(r, time.Time{}),
		{"object edited: asyncStop toggled", r, fmt.Sprintf(`{"spec":{"asyncStop":%t}}`, !r.asyncStop)},
		{"object edited: labels changed", r, `{"metadata":{"labels":{"class":"edited"}}}`},
		{"object edited: upload timeouts changed", r, fmt.Sprintf(`{"spec":{"upload":{"confirmTimeout":%q}}}`, confirmTimeout+time.Second)},
	}
}

// deleteRecording deletes a recording's object.
type deleteRecording struct{ recording recordingPlan }

func (deleteRecording) kind() string { return "object deleted" }

// deleteNamespace deletes a namespace with everything in it.
type deleteNamespace struct{ name string }

func (deleteNamespace) kind() string { return "namespace deleted" }

// onceBegun does something a while after a recording has begun.
type onceBegun struct {
	recording recordingPlan
	after     time.Duration
	then      action
}

func (a onceBegun) kind() string { return a.then.kind() + ", once it was started" }

// inTime does what has a recording be stopped, and notes until when that is to be asked
// of Agora. It is for times in which nothing else disturbs.
type inTime struct {
	recording recordingPlan
	then      action
	within    time.Duration
	// despite is what must not hold it up, in words.
	despite string
}

func (a inTime) kind() string { return a.then.kind() + ", " + a.despite }

// moveRecording changes the labels of a recording that its operators look after, such that
// those of another shard watch it, or none, and does something a while later.
type moveRecording struct {
	recording recordingPlan
	to        shard
	after     time.Duration
	then      action
}

func (a moveRecording) kind() string {
	where := "another"
	if a.to == shardNone {
		where = "no"
	}
	return fmt.Sprintf("labels changed to those of %s shard, and %s", where, a.then.kind())
}

// fillObject makes a recording's object as large as etcd takes, so that its status
// cannot grow, does something then, and makes it smaller again after a while.
type fillObject struct {
	recording recordingPlan
	then      action
	lasts     time.Duration
}

func (a fillObject) kind() string { return "object filled up to etcd's limit, and " + a.then.kind() }

// rotateSecret gives a customer another secret, or the notifications of an account: at
// Agora first, and in the Secrets a while later.
type rotateSecret struct {
	of    string
	after time.Duration
	// notifies says that it is an account's.
	notifies bool
}

func (a rotateSecret) kind() string {
	if a.notifies {
		return "secret of notifications rotated"
	}
	return "credentials rotated"
}

// damage is what happens to a Secret.
type damage string

const (
	damageGone    damage = "removed"
	damageEmpty   damage = "emptied"
	damageLacking damage = "lacks a key"
	// damageWrong holds what Agora accepts, and what opens nothing.
	damageWrong damage = "is wrong"
)

// breakSecret damages a Secret for a while: credentials, or the token or the key to the
// bucket that starts need.
type breakSecret struct {
	secret object
	damage damage
	lasts  time.Duration
}

// newBreakSecret removes no Secret in the namespace that is being deleted: it could not
// be created again.
func newBreakSecret(secret object, damage damage, lasts time.Duration) breakSecret {
	if secret.namespace == namespaceGone && damage == damageGone {
		damage = damageEmpty
	}
	return breakSecret{secret, damage, lasts}
}

func (a breakSecret) kind() string {
	what := "with credentials"
	if a.secret.name == tokenSecret || a.secret.name == writerSecret {
		what = a.secret.name
	}
	return fmt.Sprintf("Secret %s %s, and is mended", what, a.damage)
}
