// SPDX-License-Identifier: Apache-2.0

package outline

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// fieldsOfSpec is what managedFields contain for whoever has set the spec.
const fieldsOfSpec = `"f:spec"`

// reduceSchedule keeps what is read from a schedule. From managedFields it keeps only when
// the spec was last edited.
func reduceSchedule(schedule *v1alpha1.CloudRecordingSchedule) {
	edited := SpecEditedAt(schedule)
	schedule.Annotations = readAnnotations(schedule.Annotations)
	schedule.OwnerReferences, schedule.Finalizers, schedule.ManagedFields = nil, nil, nil
	if !edited.IsZero() {
		schedule.ManagedFields = []metav1.ManagedFieldsEntry{{
			Time: &metav1.Time{Time: edited}, FieldsV1: metav1.NewFieldsV1(fieldsOfSpec),
		}}
	}
}

// SpecEditedAt returns when somebody last changed the spec of a schedule, according to its
// managedFields, or zero if these do not tell.
func SpecEditedAt(schedule *v1alpha1.CloudRecordingSchedule) (last time.Time) {
	for _, managed := range schedule.ManagedFields {
		isOfSpec := managed.FieldsV1 != nil && strings.Contains(managed.FieldsV1.GetRawString(), fieldsOfSpec)
		if isOfSpec && managed.Subresource == "" && managed.Time != nil && managed.Time.After(last) {
			last = managed.Time.Time
		}
	}
	return last
}
