// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// standing is how an object is, for somebody who looks at it.
type standing struct {
	object object
	// state sums it up.
	state state
	// reason and message are those of Ready.
	reason, message string
	// generations says whether the status is about an older spec.
	outdated bool
}

// state is how an object is.
type state string

const (
	// asWanted is what needs nothing.
	asWanted state = "as wanted"
	// asksPerson says what a person must do.
	asksPerson state = "waiting for a person"
	// atWork is neither.
	atWork state = "at work"
)

// standingOf reads an object.
func standingOf(recording *v1alpha1.CloudRecording) standing {
	s := standing{object: object{recording.Namespace, recording.Name}, state: atWork}
	conditions := recording.Status.Conditions
	s.outdated = recording.Status.ObservedGeneration != recording.Generation
	ready := meta.FindStatusCondition(conditions, v1alpha1.ReadyCondition)
	if ready == nil {
		return s
	}
	s.reason, s.message = ready.Reason, ready.Message
	switch {
	case s.outdated:
	case ready.Status == metav1.ConditionTrue && recording.DeletionTimestamp.IsZero():
		s.state = asWanted
	case meta.IsStatusConditionTrue(conditions, v1alpha1.StalledCondition):
		s.state = asksPerson
	}
	return s
}

// isSentence says whether a message is a whole sentence.
func isSentence(message string) bool {
	const shortest = 20
	return len(message) >= shortest && strings.HasSuffix(message, ".") && strings.ToUpper(message[:1]) == message[:1]
}
