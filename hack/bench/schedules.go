// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// timetables is the number of schedules. Each has a lesson on each of five days.
	timetables = 500

	// betweenLessons is the time until the nearest lesson.
	betweenLessons = 12 * time.Hour
)

// measureSchedules measures the cost of schedules while none of their lessons is near.
func measureSchedules(r *run) {
	e := r.open(environmentOptions{})
	schedules := make([]*v1alpha1.CloudRecordingSchedule, r.scaled(timetables))
	for i := range schedules {
		schedules[i] = e.timetable(fmt.Sprintf("timetable-%d", i), time.Now().UTC().Add(betweenLessons))
	}
	e.say("creating %d schedules", len(schedules))
	createAll(e.run, schedules)
	e.await("all schedules are looked at", idleInterval, func() bool { return e.areLookedAt(len(schedules)) })
	what := fmt.Sprintf("%d schedules of 5 lessons a week", len(schedules))
	e.measureUpkeep(what, func(polls int, _ time.Duration) row {
		return countRow(what+": requests to Agora", polls, 0, "0")
	})
}

// timetable returns a schedule of five lessons a week at a time of day.
func (e *environment) timetable(name string, at time.Time) *v1alpha1.CloudRecordingSchedule {
	var lessons []string
	for weekday := time.Monday; weekday <= time.Friday; weekday++ {
		lessons = append(lessons, fmt.Sprintf("%d %d * * %d", at.Minute(), at.Hour(), weekday))
	}
	lesson := e.recordingToStart(name)
	return &v1alpha1.CloudRecordingSchedule{
		ObjectMeta: metav1.ObjectMeta{Namespace: lesson.Namespace, Name: name},
		Spec: v1alpha1.CloudRecordingScheduleSpec{
			Schedules: lessons, TimeZone: "UTC", Duration: metav1.Duration{Duration: time.Hour},
			Template: v1alpha1.CloudRecordingTemplate{Spec: lesson.Spec},
		},
	}
}

// areLookedAt reports whether the operator has observed all schedules.
func (e *environment) areLookedAt(count int) bool {
	list := &v1alpha1.CloudRecordingScheduleList{}
	check(e.Client.List(e.ctx, list))
	lookedAt := 0
	for _, schedule := range list.Items {
		if schedule.Status.ObservedGeneration == schedule.Generation && schedule.Status.Next != nil {
			lookedAt++
		}
	}
	return lookedAt == count
}
