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

// nameForm is how the name of a CloudRecording says when it begins, in UTC.
const nameForm = "200601021504"

// Occurrence is a time at which a schedule records.
type Occurrence struct {
	// Name of its CloudRecording.
	Name string

	Start, End time.Time
}

func occurrenceAt(schedule *v1alpha1.CloudRecordingSchedule, start time.Time) Occurrence {
	return Occurrence{
		Name:  schedule.Name + "-" + start.UTC().Format(nameForm),
		Start: start.UTC(), End: start.UTC().Add(schedule.Spec.Duration.Duration),
	}
}

// NameOf returns the name of the CloudRecording of the occurrence of a schedule at a time.
func NameOf(schedule *v1alpha1.CloudRecordingSchedule, start time.Time) string {
	return occurrenceAt(schedule, start).Name
}

// startOf returns when the occurrence begins that a recording was made for; false if its name
// is none that its schedule gives.
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
		// It is not the controller of the recording, which may have another, and the
		// deletion of the schedule does not wait for uploads.
		recording.OwnerReferences = []metav1.OwnerReference{{
			APIVersion: v1alpha1.GroupVersion.String(), Kind: "CloudRecordingSchedule", Name: schedule.Name, UID: schedule.UID,
		}}
	}
	return recording
}

// digestOf tells apart what recordings are made of. Who edits a recording itself does not
// change what it was made of.
func digestOf(spec *v1alpha1.CloudRecordingScheduleSpec) string {
	made, err := json.Marshal([]any{spec.Template, spec.Duration})
	if err != nil {
		// What was read as JSON can be written so.
		return ""
	}
	return clientrequest.Digest(string(made))
}
