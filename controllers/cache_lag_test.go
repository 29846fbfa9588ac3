// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
)

// TestCacheThatLagsCostsLessAndLess states that one whose watch is broken is not asked
// all the time whether it shows the last write.
func TestCacheThatLagsCostsLessAndLess(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	r := &CloudRecordingReconciler{memories: newMemories()}
	name := types.NamespacedName{Namespace: "school", Name: "lesson"}
	known, tries := remembered{}, 0
	var last time.Duration
	for waited := time.Duration(0); waited < time.Minute; waited += last {
		wait := r.awaitCache(name, known).RequeueAfter
		g.Expect(wait).To(BeNumerically(">=", last))
		known, _ = r.memories.get(name)
		last = wait
		tries++
	}
	g.Expect(tries).To(BeNumerically("<", 25), "in a minute")
	g.Expect(last).To(BeNumerically("<=", longestErrorRetry))
}
