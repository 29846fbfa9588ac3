// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/campaign/plan"
)

// Standing is the state of an object as its user sees it.
type Standing struct {
	Object plan.Object
	// State summarizes it.
	State state
	// Reason and Message are from the Ready condition.
	Reason, Message string
}

// state summarizes an object.
type state string

const (
	// AsWanted means that the object needs nothing.
	AsWanted state = "as wanted"
	// AsksPerson means that the object says what a person must do.
	AsksPerson state = "waiting for a person"
	// AtWork means neither.
	AtWork state = "at work"
)

// StandingOf returns the standing of an object.
func StandingOf(recording *v1alpha1.CloudRecording) Standing {
	ready := Condition(recording, v1alpha1.ReadyCondition)
	s := Standing{Object: plan.Object{Namespace: recording.Namespace, Name: recording.Name}, State: AtWork, Reason: ready.Reason, Message: ready.Message}
	switch {
	case ready.Status == "", recording.Status.ObservedGeneration != recording.Generation:
		// The status is empty, or does not reflect the current spec.
	case ready.Status == metav1.ConditionTrue && recording.DeletionTimestamp.IsZero():
		s.State = AsWanted
	case IsTrue(recording, v1alpha1.StalledCondition):
		s.State = AsksPerson
	}
	return s
}

// Condition returns a condition of an object, or the zero value.
func Condition(recording *v1alpha1.CloudRecording, kind string) metav1.Condition {
	for _, c := range recording.Status.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return metav1.Condition{}
}

// IsTrue reports whether a condition of an object is true.
func IsTrue(recording *v1alpha1.CloudRecording, kind string) bool {
	return Condition(recording, kind).Status == metav1.ConditionTrue
}

// IsSentence reports whether a message is a whole sentence.
func IsSentence(message string) bool {
	const shortest = 20
	return len(message) >= shortest && strings.HasSuffix(message, ".") && strings.ToUpper(message[:1]) == message[:1]
}
