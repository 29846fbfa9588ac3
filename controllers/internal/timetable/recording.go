// SPDX-License-Identifier: Apache-2.0

package timetable

import (
	"encoding/json"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
)

// nameForm is how the name of a CloudRecording states when it begins, in UTC.
const nameForm = "200601021504"

// Occurrence is a time at which a schedule records.
type Occurrence struct {
	// Name is the name of its CloudRecording.
	Name string

	Start, End time.Time
}

func occurrenceAt(schedule *v1alpha1.CloudRecordingSchedule, start time.Time) Occurrence {
	return Occurrence{
		Name:  schedule.Name + "-" + start.UTC().Format(nameForm),
		Start: start.UTC(), End: start.UTC().Add(schedule.Spec.Duration.Duration),
	}
}

// NameOf returns the name of the CloudRecording for the occurrence of a schedule at a time.
func NameOf(schedule *v1alpha1.CloudRecordingSchedule, start time.Time) string {
	return occurrenceAt(schedule, start).Name
}

// startOf returns when the occurrence of a recording begins. It returns false if the
// schedule would not give the recording its name.
func startOf(recording *v1alpha1.CloudRecording) (time.Time, bool) {
	stamp, isOurs := strings.CutPrefix(recording.Name, recording.Labels[v1alpha1.ScheduleLabel]+"-")
	start, err := time.Parse(nameForm, stamp)
	return start, isOurs && err == nil
}

// NewRecording returns the CloudRecording of an occurrence.
func NewRecording(schedule *v1alpha1.CloudRecordingSchedule, of Occurrence) *v1alpha1.CloudRecording {
	recording := &v1alpha1.CloudRecording{Spec: *schedule.Spec.Template.Spec.DeepCopy()}
	recording.Namespace, recording.Name = schedule.Namespace, of.Name
	recording.Labels, recording.Annotations = map[string]string{}, map[string]string{}
	for key, value := range schedule.Spec.Template.Metadata.Labels {
		recording.Labels[key] = string(value)
	}
	for key, value := range schedule.Spec.Template.Metadata.Annotations {
		recording.Annotations[key] = string(value)
	}
	recording.Labels[v1alpha1.ScheduleLabel] = schedule.Name
	recording.Annotations[v1alpha1.ScheduleUIDAnnotation] = string(schedule.UID)
	recording.Annotations[v1alpha1.TemplateDigestAnnotation] = digestOf(&schedule.Spec)
	recording.Spec.Window = &v1alpha1.RecordingWindow{Start: &metav1.Time{Time: of.Start}, End: &metav1.Time{Time: of.End}}
	if schedule.Spec.Ownership == v1alpha1.ScheduleOwnershipSchedule {
		// The schedule is not the controller of the recording, which may have another, and the
		// deletion of the schedule does not wait for uploads.
		recording.OwnerReferences = []metav1.OwnerReference{{
			APIVersion: v1alpha1.GroupVersion.String(), Kind: "CloudRecordingSchedule", Name: schedule.Name, UID: schedule.UID,
		}}
	}
	return recording
}

// digestOf distinguishes what recordings are made from. An edit of a recording itself does
// not change what it was made from.
func digestOf(spec *v1alpha1.CloudRecordingScheduleSpec) string {
	made, err := json.Marshal([]any{spec.Template, spec.Duration})
	if err != nil {
		// What was read as JSON can be written as JSON.
		return ""
	}
	return clientrequest.Digest(string(made))
}
