// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// The timetables of schedules.
const (
	EveryMinute      = "* * * * *"
	EveryOtherMinute = "*/2 * * * *"
)

const (
	// lessonLength leaves half of a lesson for a late start, and is longer than a minute so
	// that lessons can overlap.
	lessonLength = 90 * time.Second

	// ScheduleLabel is the label of a recording's object with the name of its schedule.
	ScheduleLabel = "cloudrecording.dev/schedule"
	// stamp is the layout of an occurrence's start in UTC. In the name of its object, it
	// follows the schedule's name and a hyphen.
	stamp = "200601021504"
)

// OccurrenceName is the name of the object of an occurrence.
func OccurrenceName(schedule string, begins time.Time) string {
	return schedule + "-" + begins.UTC().Format(stamp)
}

// Schedule returns the schedule that makes the occurrences of a recording.
func (r Recording) Schedule(bucket *v1alpha1.StorageSpec) *v1alpha1.CloudRecordingSchedule {
	made := r.ScheduleReference()
	made.Spec = v1alpha1.CloudRecordingScheduleSpec{
		Schedules: []string{EveryOtherMinute}, TimeZone: "UTC", Duration: metav1.Duration{Duration: lessonLength},
		ConcurrencyPolicy: []v1alpha1.ConcurrencyPolicy{v1alpha1.ConcurrencyPolicyForbid, v1alpha1.ConcurrencyPolicyReplace}[r.Index%2],
		Template:          v1alpha1.CloudRecordingTemplate{Spec: r.NewObject(bucket).Spec},
	}
	return made
}

// ScheduleReference returns an empty schedule with the name of the recording's schedule.
func (r Recording) ScheduleReference() *v1alpha1.CloudRecordingSchedule {
	schedule := &v1alpha1.CloudRecordingSchedule{}
	schedule.Namespace, schedule.Name = r.Place.Secret.Namespace, r.Name()
	return schedule
}

// Occurrence returns the recording as an occurrence with the given object name.
func (r Recording) Occurrence(name string) Recording {
	r.occurrence = name
	return r
}

// objectName is the name of the recording's object.
func (r Recording) objectName() string { return cmp.Or(r.occurrence, r.Name()) }

// ScheduleOf returns the name of the schedule that made the named object, or the object's own
// name if no schedule did.
func ScheduleOf(name string) string {
	length := len(name) - len(stamp) - len("-")
	if length <= 0 || name[length] != '-' {
		return name
	}
	return name[:length]
}

// The changes of a schedule.
var (
	suspendSchedule = changeOf("schedule suspended", `{"spec":{"suspend":true}}`)
	resumeSchedule  = changeOf("schedule resumed", `{"spec":{"suspend":false}}`)
	crowdSchedule   = changeOf("schedule edited: occurrences overlap", `{"spec":{"schedules":["`+EveryMinute+`"]}}`)
	editTemplate    = changeOf("schedule edited: its template", `{"spec":{"template":{"spec":{"upload":{"confirmTimeout":"21s"}}}}}`)
)

func changeOf(name, change string) func(Recording) Action {
	return func(r Recording) Action {
		return Action{Kind: DoPatchSchedule, Name: name, Recording: r, Change: change}
	}
}

// liveBySchedule plans the life of a schedule. In the end, the schedule is suspended, so that
// no further occurrence begins.
func (p *planner) liveBySchedule(r Recording) {
	begin := p.share(0, 0.2)
	p.at(begin, createRecording(r))
	// Its first occurrences are made at once.
	kill := Action{Kind: DoKill, How: Leader, Lasts: time.Second}
	p.at(begin+between(p.random, 0, time.Second), kill)
	p.at(p.share(0.2, 0.3), Action{Kind: DoAroundOccurrence, After: between(p.random, 0, 2*LongestAround)}.with(kill))
	edit := p.share(0.3, 0.5)
	p.at(edit, one(p.random, []func(Recording) Action{crowdSchedule, editTemplate})(r))
	if p.random.IntN(2) == 0 {
		suspended := p.share(0.5, 0.6)
		p.at(suspended, suspendSchedule(r))
		p.at(suspended+between(p.random, 0, 3*time.Second), resumeSchedule(r))
	}
	p.at(p.share(0.7, 0.8), Action{Kind: DoOnceMade, Recording: r}.with(suspendSchedule(r)))
}

// LongestAround is how long before or after the start of an occurrence an action counts as
// around it.
const LongestAround = time.Second
