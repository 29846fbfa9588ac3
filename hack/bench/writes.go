// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	"k8s.io/apimachinery/pkg/watch"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// writesQuiet is how long an object must stay unchanged before its writes are counted.
	writesQuiet = 2 * time.Second

	// writesOfStop counts the write of the finalizer and the write of the outcome.
	writesOfStop = 2

	// writesOfDeletion counts the removal of the finalizer.
	writesOfDeletion = 1
)

// measureWrites counts the operator's writes to an object that is applied as Stopped, and then
// to the same object when it is deleted.
func measureWrites(r *run) {
	e := r.open(environmentOptions{})
	recording := e.complete()
	ofStop := operatorWrites(e.awaitQuiet(recording.Name, writesQuiet))
	check(r.Client.Delete(r.ctx, recording))
	e.awaitChange(recording, isGone)
	all := must(e.changes.of(recording.Name))
	r.report(
		countRow("API server writes for a recording applied as Stopped", ofStop, writesOfStop, "3"),
		countRow("API server writes for its deletion", operatorWrites(all)-ofStop, writesOfDeletion, "1"),
	)
	e.checkStopped()
}

// complete applies a recording as Stopped, and returns its object once it is completed.
func (e *environment) complete() *v1alpha1.CloudRecording {
	a := e.accounts[0]
	recording := must(e.agora.Begin(recordingOptions("original", 0), e.namespace, a.secretName))
	recording.Spec.State = v1alpha1.RecordingStateStopped
	e.create(recording)
	return e.awaitChange(recording, isCompleted).recording
}

// operatorWrites counts all writes except the user's, who creates and deletes the object.
func operatorWrites(changes []change) int {
	count := len(changes)
	marked := false
	for _, c := range changes {
		marks := !marked && !c.recording.DeletionTimestamp.IsZero()
		marked = marked || marks
		if c.kind == watch.Added || marks {
			count--
		}
	}
	return count
}
