// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/capacity"
)

// capacityMessage says what a start waits for. It contains no number that changes: each
// change would have to be written for all recordings that wait.
func capacityMessage(place capacity.Place) string {
	if place.Overloaded {
		return "Agora had no room for another recording of the App ID: this one is started as soon as there is, in the order of spec.window.start and then of age." +
			" Stop recordings that are not needed, or ask Agora for a higher limit."
	}
	return fmt.Sprintf("As many recordings of the App ID run as Secret %q allows (%s: %d): this one is started as soon as there is room, in the order of spec.window.start and then of age."+
		" Stop recordings that are not needed, or raise %s if Agora allows more.",
		place.Source, v1alpha1.MaxRecordingsKey, place.Limit, v1alpha1.MaxRecordingsKey)
}
