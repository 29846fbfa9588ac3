// SPDX-License-Identifier: Apache-2.0

package verify

import "time"

// contents sums up the files that an index names.
type contents struct {
	slices       int
	bytes        int64
	playable     time.Duration
	missing      int
	missingFiles []string

	// namesSlices is true if the index names a slice, found or not.
	namesSlices bool

	// children are the keys of the indexes and manifests that the index names, except its
	// own.
	children map[string]bool

	// ended is true if the index is marked as finished.
	ended bool

	// gone is true if the index disappeared after it was listed.
	gone bool
}

func (t *contents) found(size int64, duration time.Duration) {
	t.slices++
	t.bytes += size
	t.playable += duration
}

func (t *contents) miss(key string) {
	t.missing++
	if len(t.missingFiles) < maxMissingFiles {
		t.missingFiles = append(t.missingFiles, key)
	}
}
