// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

// result is what a check found.
type result struct {
	// promise is what is checked.
	promise string
	// looked is how much was looked at. A check that looked at nothing has
	// proved nothing.
	looked int
	// facts say what was looked at, in words.
	facts []string
	// violations are whole sentences.
	violations []string
}

func (r *result) fact(format string, arguments ...any) {
	r.facts = append(r.facts, fmt.Sprintf(format, arguments...))
}

// factsOf adds a fact for each kind that was counted, in their order.
func factsOf[K cmp.Ordered](r *result, format string, counts map[K]int) {
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		r.fact(format, counts[kind], kind)
	}
}

func (r *result) violated(format string, arguments ...any) {
	r.violations = append(r.violations, fmt.Sprintf(format, arguments...))
}

// holds says whether the promise was kept, as far as was looked.
func (r result) holds() bool { return r.looked > 0 && len(r.violations) == 0 }

// checks looks at the records in all ways.
func checks(r *records) []result {
	var results []result
	for _, check := range []func(*records) result{
		checkRunning, checkNames, checkStuck, checkRate, checkSecrets, checkEvidence, checkStarts, checkUnhindered,
	} {
		results = append(results, check(r))
	}
	return results
}

// wantsEnd says whether an object wants its recording to be ended.
func wantsEnd(recording *v1alpha1.CloudRecording) bool {
	if !recording.DeletionTimestamp.IsZero() {
		return recording.Spec.DeletionPolicy == v1alpha1.DeletionPolicyStop
	}
	return recording.Spec.State == v1alpha1.RecordingStateStopped
}

// everWantedEnd says whether any version of an object wanted that.
func (h history) everWantedEnd() bool {
	for _, v := range h.versions {
		if wantsEnd(v.recording) || v.recording.Spec.State == v1alpha1.RecordingStateStopped {
			return true
		}
	}
	return false
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

func (r *records) simulated() map[string]agorasim.Recording {
	bySID := map[string]agorasim.Recording{}
	for _, recording := range r.recordings {
		bySID[recording.SID] = recording
	}
	return bySID
}

// clock writes a time such that it is found in the logs.
func clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }
