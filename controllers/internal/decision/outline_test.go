// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"reflect"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/outline"
	"cloudrecording.dev/operator/controllers/internal/outline/outlinetest"
)

// checkOutline checks that an outline serves the cache as well as the whole recording, and
// that nothing is left to do for a recording at rest, whenever it is observed.
func checkOutline(t *rapid.T, recording *v1alpha1.CloudRecording, observed Observation) {
	reduced := recording.DeepCopy()
	outline.Reduce(reduced, 0)
	if outline.IsOutlineAtRest(reduced) {
		observed.Now = observed.Now.Add(1000 * time.Hour)
		observed.Memory, observed.Answer, observed.Verification, observed.Events = Memory{}, nil, nil, nil
		d := Decide(recording, observed, DefaultSettings())
		if !d.IsDone() || !equality.Semantic.DeepEqual(d.Status, recording.Status) {
			t.Fatalf("it is at rest, and yet something is done:\n%+v\nthen\n%+v by %v", recording.Status, d.Status, d.Action)
		}
	}
	if whole, kept := outlinetest.Indexed(recording), outlinetest.Indexed(reduced); !reflect.DeepEqual(whole, kept) {
		t.Fatalf("the outline differs:\n%v\n%v", whole, kept)
	}
}
