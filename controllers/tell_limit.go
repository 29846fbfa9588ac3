// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/events"
	"cloudrecording.dev/operator/controllers/internal/secrets"
	"cloudrecording.dev/operator/controllers/places"
)

// tellLimit sends an event if another Secret limits the account to less than the recording's
// own Secret states. Nobody would look there for the reason why requests are slow.
func (c *caller) tellLimit(recording *v1alpha1.CloudRecording, credentials secrets.Credentials) {
	own := places.Source(recording)
	by, isNews := c.account(recording, credentials).TellLimit(budget.Owner(recording.UID), own)
	if !isNews {
		return
	}
	c.recorder.Eventf(recording, nil, corev1.EventTypeWarning, v1alpha1.RequestsLimitedReason, events.ActionReconcile, "%s", events.Note(limitMessage(own, by)))
}

func limitMessage(own, by budget.Source) string {
	if own == by {
		return fmt.Sprintf("Secret %q states less than %d in its key %s: it counts as %d, lest a recording that is to be stopped wait and be billed. State the account's limit, or remove the key.",
			own, budget.LowestLimit, v1alpha1.RequestsPerSecondKey, budget.LowestLimit)
	}
	return fmt.Sprintf("Secret %q holds credentials of the same account and states a lower limit than Secret %q: the requests of all of the account's recordings keep to the lower one."+
		" State the account's limit in the key %s of both, or remove the key from both.", by, own, v1alpha1.RequestsPerSecondKey)
}
