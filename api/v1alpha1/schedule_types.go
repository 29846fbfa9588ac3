// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ConcurrencyPolicy is what happens when an occurrence begins while an earlier one of its
// schedule is still running.
// +kubebuilder:validation:Enum=Forbid;Replace
type ConcurrencyPolicy string

const (
	// ConcurrencyPolicyForbid skips the occurrence.
	ConcurrencyPolicyForbid ConcurrencyPolicy = "Forbid"

	// ConcurrencyPolicyReplace ends the earlier one when the occurrence begins.
	ConcurrencyPolicyReplace ConcurrencyPolicy = "Replace"
)

// ScheduleOwnership is whether a schedule owns the CloudRecordings that it makes.
// +kubebuilder:validation:Enum=None;Schedule
type ScheduleOwnership string

const (
	// ScheduleOwnershipNone leaves the CloudRecordings when the schedule is deleted.
	ScheduleOwnershipNone ScheduleOwnership = "None"

	// ScheduleOwnershipSchedule deletes the CloudRecordings with the schedule.
	ScheduleOwnershipSchedule ScheduleOwnership = "Schedule"
)

// CloudRecordingScheduleSpec says when to record, and what.
//
// +kubebuilder:validation:XValidation:rule="!has(self.from) || !has(self.until) || self.from <= self.until",message="spec.until must not be before spec.from: it is the last day"
type CloudRecordingScheduleSpec struct {
	// schedules are cron expressions with five fields: minute, hour, day of the month,
	// month and day of the week, such as "0 9 * * MON-FRI". An occurrence begins at every
	// time that one of them names, by the clocks of spec.timeZone. An occurrence in the
	// hour that is skipped in spring begins as much later as the clocks are put forward. An
	// occurrence in the hour that is repeated in autumn begins once, the first time.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.all(expression, !expression.contains('TZ='))",message="spec.schedules must not contain TZ= or CRON_TZ=: give the time zone in spec.timeZone"
	Schedules []string `json:"schedules"`

	// timeZone is the time zone of schedules, from, until and except: a name in the IANA
	// database, such as Europe/Berlin or UTC.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$') && self.lowerAscii() != 'local'",message="spec.timeZone must be the name of a time zone in the IANA database, such as Europe/Berlin, America/New_York or UTC"
	TimeZone string `json:"timeZone"`

	// duration is how long each occurrence is recorded, such as 45m or 1h30m: from 1m to
	// 168h.
	// +required
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]+(s|m|h))+$') && duration(self) >= duration('1m') && duration(self) <= duration('168h')",message="spec.duration must be a duration in whole seconds from 1m to 168h such as 45m or 1h30m"
	Duration metav1.Duration `json:"duration"`

	// from is the first day on which an occurrence may begin, such as 2030-09-02.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	From string `json:"from,omitempty"`

	// until is the last day on which an occurrence may begin, such as 2031-07-31.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Until string `json:"until,omitempty"`

	// except lists days on which no occurrence begins, such as 2030-12-25.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=366
	// +kubebuilder:validation:items:MaxLength=32
	Except []string `json:"except,omitempty"`

	// suspend keeps the operator from creating recordings, and deletes those that have not
	// begun. Running recordings go on.
	// +optional
	// +kubebuilder:default=false
	Suspend bool `json:"suspend,omitempty"`

	// concurrencyPolicy says what happens when an occurrence begins while an earlier one
	// still runs. Forbid, the default, skips the new one, which counts as missed. Replace
	// ends the earlier one.
	// +optional
	// +kubebuilder:default=Forbid
	ConcurrencyPolicy ConcurrencyPolicy `json:"concurrencyPolicy,omitempty"`

	// template describes the recordings to create. An edit applies to occurrences that have
	// not begun.
	// +required
	Template CloudRecordingTemplate `json:"template"`

	// successfulHistoryLimit is how many completed CloudRecordings are kept, with all of
	// their files uploaded. Older ones are deleted. Without it, all are kept, because each
	// is the only list of its files.
	// +optional
	// +kubebuilder:validation:Minimum=0
	SuccessfulHistoryLimit *int32 `json:"successfulHistoryLimit,omitempty"`

	// failedHistoryLimit is how many failed CloudRecordings are kept. Older ones are
	// deleted, except those whose files are not all uploaded. Without it, all are kept.
	// +optional
	// +kubebuilder:validation:Minimum=0
	FailedHistoryLimit *int32 `json:"failedHistoryLimit,omitempty"`

	// ownership says what deleting the schedule does to its CloudRecordings. None, the
	// default, leaves them. Schedule deletes them, which stops running ones according to
	// their deletionPolicy. An edit applies to occurrences that are created later.
	// +optional
	// +kubebuilder:default=None
	Ownership ScheduleOwnership `json:"ownership,omitempty"`
}

// CloudRecordingTemplate describes the CloudRecordings of a schedule.
type CloudRecordingTemplate struct {
	// metadata are labels and annotations of the CloudRecordings.
	// +optional
	Metadata TemplateMetadata `json:"metadata,omitzero"`

	// spec is the spec of the CloudRecordings, without window, state, suspend, resourceId
	// and sid. Each gets its own window. A schedule starts recordings; it cannot adopt
	// them.
	// +required
	Spec CloudRecordingSpec `json:"spec"`
}

// TemplateMetadata are labels and annotations.
type TemplateMetadata struct {
	// labels of the CloudRecordings.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(key, !key.startsWith('cloudrecording.dev/'))",message="spec.template.metadata.labels must not begin with cloudrecording.dev/: these are the operator's"
	// +kubebuilder:validation:XValidation:rule="self.all(key, key.size() <= 317 && key.matches('^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$') && self[key].matches('^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$'))",message="spec.template.metadata.labels must be labels as Kubernetes has them: values of at most 63 letters, digits, -, _ and ., which begin and end with a letter or digit"
	Labels map[string]TemplateLabel `json:"labels,omitempty"`

	// annotations of the CloudRecordings.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(key, !key.startsWith('cloudrecording.dev/'))",message="spec.template.metadata.annotations must not begin with cloudrecording.dev/: these are the operator's"
	// +kubebuilder:validation:XValidation:rule="self.all(key, key.size() <= 317 && key.lowerAscii().matches('^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[a-z0-9]([-a-z0-9_.]{0,61}[a-z0-9])?$'))",message="spec.template.metadata.annotations must have names as Kubernetes has them: at most 63 letters, digits, -, _ and ., after a domain and a slash or without them"
	Annotations map[string]TemplateAnnotation `json:"annotations,omitempty"`
}

// TemplateLabel is the value of a label.
// +kubebuilder:validation:MaxLength=100
type TemplateLabel string

// TemplateAnnotation is the value of an annotation.
// +kubebuilder:validation:MaxLength=4096
type TemplateAnnotation string

// CloudRecordingScheduleStatus is the observed state of a schedule. It changes when an
// occurrence is created, begins, is missed, ends or is removed, but not merely because time
// passes.
type CloudRecordingScheduleStatus struct {
	// observedGeneration is the generation of the spec that this status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions are Ready, and Reconciling and Stalled while they are True.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:items:XValidation:rule="string(self.lastTransitionTime).endsWith('Z')",message="lastTransitionTime must be a time such as 2006-01-02T15:04:05Z"
	// +kubebuilder:validation:items:XValidation:rule="self.type.size() <= 64 && self.reason.size() <= 64 && self.message.size() <= 1024",message="a condition's type and reason must not be longer than 64 characters, and its message not longer than 1024"
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// next is when the next occurrence begins. Its CloudRecording is created ten minutes ahead.
	// It is absent while the schedule is suspended, and if there are no further occurrences.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	Next *metav1.Time `json:"next,omitempty"`

	// last is when the latest occurrence began for which a CloudRecording was created.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	Last *metav1.Time `json:"last,omitempty"`

	// lastMissed is the latest occurrence for which no CloudRecording was created in time.
	// +optional
	LastMissed *MissedOccurrence `json:"lastMissed,omitempty"`

	// blocked is the earliest occurrence for which no CloudRecording can be created at present,
	// if that may still change in time.
	// +optional
	Blocked *MissedOccurrence `json:"blocked,omitempty"`

	// active are the CloudRecordings of the schedule that have not ended, the earliest first.
	// It names the first hundred.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	Active []ActiveOccurrence `json:"active,omitempty"`

	// activeCount is the number of CloudRecordings of the schedule that have not ended.
	// +optional
	ActiveCount int32 `json:"activeCount"`

	// handledUntil is the time up to which all occurrences are settled: for each one that
	// begins until then, a CloudRecording was created, or the occurrence was missed.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	HandledUntil *metav1.Time `json:"handledUntil,omitempty"`

	// made are the start times of the latest occurrences for which a CloudRecording was
	// created, the earliest first. A CloudRecording that is deleted is not created again.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:Type=string
	// +kubebuilder:validation:items:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	Made []metav1.Time `json:"made,omitempty"`
}

// ActiveOccurrence is a CloudRecording that has not ended.
type ActiveOccurrence struct {
	// name of the CloudRecording.
	// +required
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// MissedOccurrence is an occurrence for which no CloudRecording was created.
type MissedOccurrence struct {
	// time is when the occurrence would have begun.
	// +required
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	Time metav1.Time `json:"time"`

	// reason is why it was missed: TooLate, Overlap, NameTaken or Refused. More values may be
	// added.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Reason MissedReason `json:"reason"`
}

// MissedReason is why no CloudRecording was created for an occurrence in time.
type MissedReason string

const (
	// MissedTooLate means that no operator managed the schedule in time.
	MissedTooLate MissedReason = "TooLate"

	// MissedOverlap means that an earlier occurrence was still running, which
	// spec.concurrencyPolicy Forbid does not allow.
	MissedOverlap MissedReason = "Overlap"

	// MissedNameTaken means that another CloudRecording had its name.
	MissedNameTaken MissedReason = "NameTaken"

	// MissedRefused means that no CloudRecording could be created from the template.
	MissedRefused MissedReason = "Refused"
)

// MissedReasons returns all reasons for which an occurrence can be missed.
func MissedReasons() []MissedReason {
	return []MissedReason{MissedTooLate, MissedOverlap, MissedNameTaken, MissedRefused}
}

// CloudRecordingSchedule creates a CloudRecording with a window for each occurrence of a
// timetable, ten minutes ahead. The name of the CloudRecording is the name of the schedule with
// the time at which the occurrence begins.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=cloudrecordingschedules,singular=cloudrecordingschedule,shortName=crecs,categories=agora,scope=Namespaced
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 50",message="metadata.name of a CloudRecordingSchedule must not be longer than 50 characters: its CloudRecordings have names that are 13 characters longer",fieldPath=".metadata"
// +kubebuilder:printcolumn:name="Schedules",type=string,JSONPath=`.spec.schedules`,description="When occurrences begin"
// +kubebuilder:printcolumn:name="Zone",type=string,JSONPath=`.spec.timeZone`,description="The time zone of the schedules"
// +kubebuilder:printcolumn:name="Suspend",type=boolean,JSONPath=`.spec.suspend`,description="Whether no occurrences are made"
// +kubebuilder:printcolumn:name="Next",type=string,JSONPath=`.status.next`,description="When the next occurrence begins"
// +kubebuilder:printcolumn:name="Last",type=string,JSONPath=`.status.last`,description="When the latest occurrence has begun for which a CloudRecording was made"
// +kubebuilder:printcolumn:name="Active",type=integer,JSONPath=`.status.activeCount`,description="How many CloudRecordings are not over"
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether occurrences are made as wanted"
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,description="Why it is ready or not"
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Missed",type=string,JSONPath=`.status.lastMissed.time`,priority=1,description="When the latest occurrence would have begun that was missed"
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1,description="What happened, and what to do"
type CloudRecordingSchedule struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the desired timetable.
	// +required
	Spec CloudRecordingScheduleSpec `json:"spec"`

	// status is the observed state of the schedule.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status CloudRecordingScheduleStatus `json:"status,omitempty"`
}

// CloudRecordingScheduleList is a list of CloudRecordingSchedules.
//
// +kubebuilder:object:root=true
type CloudRecordingScheduleList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []CloudRecordingSchedule `json:"items"`
}
