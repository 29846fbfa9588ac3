// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

func TestIdleRecordings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		given []modifier
		idle  bool
	}{
		{"runs", nil, false},
		{"is to be started", []modifier{toStart}, true},
		{"has a resource ID", []modifier{acquiredAgo(time.Second)}, true},
		{"may have been started", []modifier{startRequestedAgo(time.Second)}, false},
		{"is adopted, and nothing is known yet", []modifier{func(s *situation) { s.recording.Status = v1alpha1.CloudRecordingStatus{} }}, false},
		{"uploads", []modifier{stoppedAgo(time.Minute, agora.Unknow)}, false},
		{"is completed", []modifier{uploaded, func(s *situation) { s.recording.Status.Phase = v1alpha1.PhaseCompleted }}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := given(test.given...)
			NewWithT(t).Expect(lifecycle.IsIdle(&s.recording)).To(Equal(test.idle))
		})
	}
}
