// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"cmp"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// RecordedTime returns how long an ended session recorded. It is zero if the session has
// not ended, or if nobody knows when it began.
//
// A session begins when Agora accepts its start, or with its first slice if it was adopted.
// It ends when its recorder left, if that is known. Otherwise it ends when it was known to
// have ended, which may be some minutes later.
func RecordedTime(session *v1alpha1.SessionStatus) time.Duration {
	began := cmp.Or(session.StartedTime, session.StartTime)
	if began == nil || session.StoppedTime == nil {
		return 0
	}
	end := session.StoppedTime.Time
	left := []*metav1.Time{session.NotFoundSince}
	if session.Exit != nil {
		left = append(left, session.Exit.Time)
	}
	for _, at := range left {
		if at != nil && at.After(began.Time) && at.Time.Before(end) {
			end = at.Time
		}
	}
	return max(end.Sub(began.Time), 0)
}
