// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

func TestRecordedTime(t *testing.T) {
	at := func(minute int) *metav1.Time {
		return &metav1.Time{Time: time.Date(2026, 3, 1, 9, minute, 0, 0, time.UTC)}
	}
	for name, example := range map[string]struct {
		session  v1alpha1.SessionStatus
		expected time.Duration
	}{
		"is from the accepted start to the known end": {
			v1alpha1.SessionStatus{StartedTime: at(1), StartTime: at(2), StoppedTime: at(46)}, 45 * time.Minute,
		},
		"begins with the first slice where somebody else has started": {
			v1alpha1.SessionStatus{StartTime: at(2), StoppedTime: at(46)}, 44 * time.Minute,
		},
		"ends when the recorder was first not found": {
			v1alpha1.SessionStatus{StartedTime: at(1), NotFoundSince: at(40), StoppedTime: at(46)}, 39 * time.Minute,
		},
		"is not longer for a recorder that was not found after its end": {
			v1alpha1.SessionStatus{StartedTime: at(1), NotFoundSince: at(50), StoppedTime: at(46)}, 45 * time.Minute,
		},
		"ends when the recorder said that it left": {
			v1alpha1.SessionStatus{StartedTime: at(1), Exit: &v1alpha1.RecorderExit{Time: at(30)}, NotFoundSince: at(40), StoppedTime: at(46)}, 29 * time.Minute,
		},
		"takes no notice of an exit before the start": {
			v1alpha1.SessionStatus{StartedTime: at(1), Exit: &v1alpha1.RecorderExit{Time: at(0)}, StoppedTime: at(46)}, 45 * time.Minute,
		},
		"takes no notice of an exit without a time": {
			v1alpha1.SessionStatus{StartedTime: at(1), Exit: &v1alpha1.RecorderExit{}, StoppedTime: at(46)}, 45 * time.Minute,
		},
		"is none while the session goes on":           {v1alpha1.SessionStatus{StartedTime: at(1)}, 0},
		"is none of what was never started":           {v1alpha1.SessionStatus{StoppedTime: at(46)}, 0},
		"is never negative, whoever wrote the status": {v1alpha1.SessionStatus{StartedTime: at(46), StoppedTime: at(1)}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(RecordedTime(&example.session)).To(Equal(example.expected))
		})
	}
}
