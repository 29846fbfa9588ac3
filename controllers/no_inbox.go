// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
)

// noInbox is the inbox of an operator that receives no notifications.
type noInbox struct{}

func (noInbox) Pending(types.UID) []notifications.Event { return nil }

func (noInbox) Settle(types.UID, []notifications.Event) {}

func (noInbox) Concerned(types.NamespacedName) []types.UID { return nil }

func (noInbox) Discard(types.NamespacedName, types.UID) {}

func (noInbox) Arrived() <-chan event.TypedGenericEvent[*v1alpha1.CloudRecording] {
	return make(chan event.TypedGenericEvent[*v1alpha1.CloudRecording])
}
