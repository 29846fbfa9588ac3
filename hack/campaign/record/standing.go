// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/campaign/plan"
)

// Standing is how an object is, for somebody who looks at it.
type Standing struct {
	Object plan.Object
	// State sums it up.
	State state
	// Reason and message are those of Ready.
	Reason, Message string
}

// state is how an object is.
type state string

const (
	// AsWanted is what needs nothing.
	AsWanted state = "as wanted"
	// AsksPerson says what a person must do.
	AsksPerson state = "waiting for a person"
	// AtWork is neither.
	AtWork state = "at work"
)

// StandingOf reads an object.
func StandingOf(recording *v1alpha1.CloudRecording) Standing {
	ready := Condition(recording, v1alpha1.ReadyCondition)
	s := Standing{Object: plan.Object{Namespace: recording.Namespace, Name: recording.Name}, State: AtWork, Reason: ready.Reason, Message: ready.Message}
	switch {
	case ready.Status == "", recording.Status.ObservedGeneration != recording.Generation:
		// It says nothing yet, or nothing of the present spec.
	case ready.Status == metav1.ConditionTrue && recording.DeletionTimestamp.IsZero():
		s.State = AsWanted
	case IsTrue(recording, v1alpha1.StalledCondition):
		s.State = AsksPerson
	}
	return s
}

// Condition returns a condition of an object; the zero value if it has none.
func Condition(recording *v1alpha1.CloudRecording, kind string) metav1.Condition {
	for _, c := range recording.Status.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return metav1.Condition{}
}

// IsTrue says whether a condition of an object is true.
func IsTrue(recording *v1alpha1.CloudRecording, kind string) bool {
	return Condition(recording, kind).Status == metav1.ConditionTrue
}

// IsSentence says whether a message is a whole sentence.
func IsSentence(message string) bool {
	const shortest = 20
	return len(message) >= shortest && strings.HasSuffix(message, ".") && strings.ToUpper(message[:1]) == message[:1]
}
