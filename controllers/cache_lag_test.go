// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/controllers/internal/tasks"
)

// TestCacheThatLagsCostsLessAndLess states that one whose watch is broken is not asked
// all the time whether it shows the last write.
func TestCacheThatLagsCostsLessAndLess(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	r := &CloudRecordingReconciler{tracker: newTracker()}
	name := types.NamespacedName{Namespace: "school", Name: "lesson"}
	known, tries := tracked{}, 0
	var last time.Duration
	for waited := time.Duration(0); waited < time.Minute; waited += last {
		wait := r.awaitCache(name, known).RequeueAfter
		g.Expect(wait).To(BeNumerically(">=", last))
		known, _ = r.tracker.get(name)
		last = wait
		tries++
	}
	g.Expect(tries).To(BeNumerically("<", 25), "in a minute")
	g.Expect(last).To(BeNumerically("<=", tasks.LongestErrorRetry))
}
