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
	// lessonLength leaves half of it for a start that is late, and is longer than from one
	// minute to the next.
	lessonLength = 90 * time.Second

	// ScheduleLabel names the schedule of a recording's object.
	ScheduleLabel = "cloudrecording.dev/schedule"
	// stamp is when an occurrence begins, in UTC, as it follows the schedule's name and a
	// hyphen in the name of its object.
	stamp = "200601021504"
)

// OccurrenceName is the name of the object of an occurrence.
func OccurrenceName(schedule string, begins time.Time) string {
	return schedule + "-" + begins.UTC().Format(stamp)
}

// Schedule returns the schedule whose occurrences are a recording's.
func (r Recording) Schedule(bucket *v1alpha1.StorageSpec) *v1alpha1.CloudRecordingSchedule {
	made := r.ScheduleReference()
	made.Spec = v1alpha1.CloudRecordingScheduleSpec{
		Schedules: []string{EveryOtherMinute}, TimeZone: "UTC", Duration: metav1.Duration{Duration: lessonLength},
		ConcurrencyPolicy: []v1alpha1.ConcurrencyPolicy{v1alpha1.ConcurrencyPolicyForbid, v1alpha1.ConcurrencyPolicyReplace}[r.Index%2],
		Template:          v1alpha1.CloudRecordingTemplate{Spec: r.NewObject(bucket).Spec},
	}
	return made
}

// ScheduleReference returns what names the recording's schedule.
func (r Recording) ScheduleReference() *v1alpha1.CloudRecordingSchedule {
	schedule := &v1alpha1.CloudRecordingSchedule{}
	schedule.Namespace, schedule.Name = r.Place.Secret.Namespace, r.Name()
	return schedule
}

// Occurrence returns a recording as its schedule has made it by a name.
func (r Recording) Occurrence(name string) Recording {
	r.occurrence = name
	return r
}

// objectName is the name of the recording's object.
func (r Recording) objectName() string { return cmp.Or(r.occurrence, r.Name()) }

// ScheduleOf returns the name of the schedule that made an object of a name, if one did.
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

// liveBySchedule plans what happens to a schedule. In the end it is suspended, so that no
// further occurrence begins.
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

// LongestAround is how long before or after the begin of an occurrence something is around
// it.
const LongestAround = time.Second
