// SPDX-License-Identifier: Apache-2.0

package timetable

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/fixturetest"
)

const root = "../../.."

// fixtures are worlds with a schedule in each state, by the health that people should see
// and by name.
func fixtures() map[string]*world {
	ended := newWorld(func(s *scheduleSpec) { s.Until = "2026-11-30" }).at(12, 0)
	refused := newWorld().at(8, 50)
	refused.refuses = v1alpha1.MissedRefused
	taken := newWorld().at(8, 50)
	taken.recordings["lesson-202611300900"] = &v1alpha1.CloudRecording{ObjectMeta: metav1.ObjectMeta{Name: "lesson-202611300900"}}
	outside := newWorld()
	outside.outside = true
	replacing := newWorld().at(8, 50)
	replacing.reconcile()
	replacing.edit(func(s *scheduleSpec) { s.Schedules = []string{"0 15 * * *"} })
	deleting := newWorld()
	deleting.schedule.DeletionTimestamp = &metav1.Time{Time: monday}
	return map[string]*world{
		"healthy/scheduled":          newWorld(),
		"healthy/occurrence-made":    newWorld().at(8, 50),
		"healthy/overlapping":        newWorld(times("0,30 9 * * *")),
		"healthy/ended":              ended,
		"suspended/suspended":        newWorld(suspended),
		"progressing/replacing":      replacing,
		"degraded/invalid-time-zone": newWorld(func(s *scheduleSpec) { s.TimeZone = "Mars/Phobos" }),
		"degraded/outside-shard":     outside,
		"degraded/name-taken":        taken,
		"degraded/recording-refused": refused,
		"deleting/scheduled":         deleting,
	}
}

func TestFixtures(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	objects, reasons := map[string]fixturetest.Object{}, map[string]bool{}
	for name, world := range fixtures() {
		world.reconcile()
		objects[name] = world.schedule
		for _, condition := range world.schedule.Status.Conditions {
			reasons[condition.Reason] = true
		}
	}
	untouched := newWorld().schedule
	objects["progressing/untouched"] = untouched
	edited := newWorld()
	edited.reconcile()
	edited.edit(lasting(2 * edited.schedule.Spec.Duration.Duration))
	objects["progressing/edited"] = edited.schedule

	expected := append(fixturetest.Reasons(g, root, "Reasons of the conditions of a CloudRecordingSchedule"), v1alpha1.ScheduledReason, v1alpha1.SuspendedReason)
	for _, reason := range expected {
		g.Expect(reasons).To(HaveKey(reason), "no fixture has the reason")
	}
	fixturetest.Compare(t, root, objects)
}
