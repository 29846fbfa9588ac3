// SPDX-License-Identifier: Apache-2.0

package journal

import "cloudrecording.dev/operator/controllers/notifications"

// What an event takes of the memory of every replica beside its text. A spec
// measures that it is not more.
const (
	bytesOfBatch     = 4 << 10
	bytesOfRecipient = 1 << 10
	bytesOfFile      = 160
)

// weigh returns how many bytes an event for so many recipients takes in memory,
// whose text has so many.
func weigh(text int, event notifications.Event, recipients int) int {
	return text + recipients*bytesOfRecipient + len(event.Files)*bytesOfFile
}

// weighAll returns how many bytes the entries of a ConfigMap take in memory.
func weighAll(text int, entries []entry) int {
	bytes := bytesOfBatch + text
	for _, held := range entries {
		bytes += weigh(0, held.Event, len(held.Recipients))
	}
	return bytes
}
