// SPDX-License-Identifier: Apache-2.0

package check

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
)

// everyMinute is a schedule of one-minute lessons.
func everyMinute() *v1alpha1.CloudRecordingSchedule {
	schedule := &v1alpha1.CloudRecordingSchedule{}
	schedule.Namespace, schedule.Name, schedule.Generation = plan.NamespaceA, "lesson", 1
	schedule.Spec.Schedules, schedule.Spec.Duration.Duration = []string{plan.EveryMinute}, time.Minute
	return schedule
}

// occurrence turns an object into an occurrence that starts the given time after noon.
func occurrence(after time.Duration) func(*v1alpha1.CloudRecording) {
	return func(r *v1alpha1.CloudRecording) {
		start := noon.Add(after)
		r.Labels = map[string]string{plan.ScheduleLabel: "lesson"}
		r.Spec.CName, r.Spec.Start = "lesson", &v1alpha1.StartSpec{}
		r.Spec.Window = &v1alpha1.RecordingWindow{Start: &metav1.Time{Time: start}, End: &metav1.Time{Time: start.Add(time.Minute)}}
	}
}

var _ = Describe("The check of schedules", func() {
	var (
		r    *record.Records
		made *record.History
	)

	BeforeEach(func() {
		r = fine()
		made = &r.Histories[3]
	})

	edited := func(seen time.Time, change func(*v1alpha1.CloudRecordingSchedule)) {
		schedule := r.Schedules[len(r.Schedules)-1].Schedule.DeepCopy()
		schedule.Generation++
		change(schedule)
		r.Schedules = append(r.Schedules, record.ScheduleVersion{Seen: seen, Schedule: schedule})
	}
	suspended := func(s *v1alpha1.CloudRecordingSchedule) { s.Spec.Suspend = true }

	It("finds an occurrence that was begun by two objects, and allows one that was made again before it had begun", func() {
		r.Histories = append(r.Histories, *made)
		excused(checkSchedules(newJudge(r)))
		began := record.Version{Seen: after(300_000), Recording: shown("", occurrence(5*time.Minute), acquired)}
		for _, i := range []int{3, 4} {
			r.Histories[i].Versions = append(r.Histories[i].Versions, began)
		}
		broken(checkSchedules(newJudge(r)), "was begun 2 times")
	})

	DescribeTable("finds an occurrence that", func(change func(), telling string) {
		change()
		broken(checkSchedules(newJudge(r)), telling)
	},
		Entry("has no window", func() { made.Versions[0].Recording.Spec.Window = nil }, "has no window"),
		Entry("begins when its name does not say", func() {
			occurrence(6 * time.Minute)(made.Versions[0].Recording)
		}, "which its name does not say"),
		Entry("no version of its schedule has", func() {
			r.Schedules[0].Schedule.Spec.Schedules = []string{plan.EveryOtherMinute}
		}, "no version of its schedule had one then"),
		Entry("was made while the schedule was suspended", func() { suspended(r.Schedules[0].Schedule) }, "no version of its schedule had one then"),
		Entry("lasts for another time", func() {
			made.Versions[0].Recording.Spec.Window.End.Time = noon.Add(7 * time.Minute)
		}, "no version of its schedule had one then"),
		Entry("is made too early", func() {
			made.Object.Name = plan.OccurrenceName("lesson", noon.Add(11*time.Minute))
			occurrence(11 * time.Minute)(made.Versions[0].Recording)
		}, "was made at 12:00:00.020"),
		Entry("is made when its time is over", func() { made.Versions[0].Seen = noon.Add(6 * time.Minute) }, "was made at 12:06:00.000"),
	)

	DescribeTable("allows an occurrence to be made late, and finds one for which it was too late,", func(lasts, latest time.Duration) {
		start := noon.Add(5 * time.Minute)
		r.Schedules[0].Schedule.Spec.Duration.Duration = lasts
		made.Versions[0].Recording.Spec.Window.End.Time = start.Add(lasts)
		made.Versions[0].Seen = start.Add(latest)
		excused(checkSchedules(newJudge(r)))
		made.Versions[0].Seen = start.Add(latest + shortMoment + time.Millisecond)
		broken(checkSchedules(newJudge(r)), "was made at 12:0")
	},
		Entry("when a minute of its window is left", 3*time.Minute, 2*time.Minute),
		Entry("when half of a short window is left", 90*time.Second, 45*time.Second),
		Entry("when half of a window is left that is shorter than a minute", 30*time.Second, 15*time.Second),
	)

	Describe("once occurrences have begun", func() {
		// The occurrence that was made starts five minutes past noon.
		BeforeEach(func() {
			r.Quiet.At = noon.Add(5*time.Minute + 30*time.Second)
			r.Schedules[0].Seen = noon.Add(3*time.Minute + 30*time.Second)
			made.Versions[0].Seen = r.Schedules[0].Seen.Add(time.Second)
		})

		It("takes one that was made", func() {
			found := checkSchedules(newJudge(r))
			excused(found)
			Expect(found.facts).To(ContainElement(ContainSubstring("and 1 began while all was as it had been")))
		})

		It("finds one that was not made, unless the schedule says that it was missed", func() {
			made.Gone = noon.Add(4*time.Minute + 30*time.Second)
			broken(checkSchedules(newJudge(r)), "The occurrence team-a/lesson-202601021205 was not made")
			said := r.Schedules[0]
			said.Schedule = said.Schedule.DeepCopy()
			said.Schedule.Status.LastMissed = &v1alpha1.MissedOccurrence{Time: metav1.Time{Time: noon.Add(5 * time.Minute)}, Reason: v1alpha1.MissedTooLate}
			r.Schedules = append(r.Schedules, said)
			excused(checkSchedules(newJudge(r)))
		})

		It("expects none that an edit took while an earlier one kept it from being made", func() {
			r.Schedules[0].Schedule.Spec.ConcurrencyPolicy = v1alpha1.ConcurrencyPolicyForbid
			made.Gone = noon.Add(4*time.Minute + 30*time.Second)
			edited(noon.Add(5*time.Minute+20*time.Second), suspended)
			excused(checkSchedules(newJudge(r)))
			r.Schedules[1].Seen = noon.Add(5*time.Minute + 30*time.Second + 2*shortMoment)
			broken(checkSchedules(newJudge(r)), "was not made")
		})

		It("expects none while the schedule is suspended, nor right after an edit", func() {
			made.Gone = noon.Add(4*time.Minute + 30*time.Second)
			edited(noon.Add(4*time.Minute+25*time.Second), suspended)
			excused(checkSchedules(newJudge(r)))
			edited(noon.Add(4*time.Minute+35*time.Second), func(s *v1alpha1.CloudRecordingSchedule) { s.Spec.Suspend = false })
			excused(checkSchedules(newJudge(r)))
		})
	})
})
