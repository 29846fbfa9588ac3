// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

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
	ready := condition(recording, v1alpha1.ReadyCondition)
	s := standing{object: object{recording.Namespace, recording.Name}, state: atWork, reason: ready.Reason, message: ready.Message}
	switch {
	case ready.Status == "", recording.Status.ObservedGeneration != recording.Generation:
		// It says nothing yet, or nothing of the present spec.
	case ready.Status == metav1.ConditionTrue && recording.DeletionTimestamp.IsZero():
		s.state = asWanted
	case isTrue(recording, v1alpha1.StalledCondition):
		s.state = asksPerson
	}
	return s
}

func condition(recording *v1alpha1.CloudRecording, kind string) metav1.Condition {
	for _, c := range recording.Status.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return metav1.Condition{}
}

func isTrue(recording *v1alpha1.CloudRecording, kind string) bool {
	return condition(recording, kind).Status == metav1.ConditionTrue
}

// isSentence says whether a message is a whole sentence.
func isSentence(message string) bool {
	const shortest = 20
	return len(message) >= shortest && strings.HasSuffix(message, ".") && strings.ToUpper(message[:1]) == message[:1]
}
