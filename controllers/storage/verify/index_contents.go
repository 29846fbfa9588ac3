// SPDX-License-Identifier: Apache-2.0

package verify

import "time"

// contents is what was found of the files that one index names.
type contents struct {
	slices       int
	bytes        int64
	playable     time.Duration
	missing      int
	missingFiles []string

	// namesSlices is whether the index names a slice, found or not.
	namesSlices bool

	// children are the keys of the indexes and manifests that the index names,
	// less its own.
	children map[string]bool

	// ended is whether the index has its end.
	ended bool

	// gone is whether the index vanished after it was listed.
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
