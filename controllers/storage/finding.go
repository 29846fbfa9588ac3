// SPDX-License-Identifier: Apache-2.0

package storage

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Recording is what is looked for in a bucket.
type Recording struct {
	// Owner is on whose behalf the bucket is read, such as a namespace: it bounds
	// how many verifications of one owner run at once. Without one, only the
	// other bounds hold.
	Owner string

	// SID is Agora's recording ID, with which the names of all its files begin.
	SID string

	// Mode is the recording mode.
	Mode v1alpha1.RecordingMode

	// Files are the names that Agora gave, with the folder or without it.
	Files []string

	// MP4 is whether the recording was started for MP4 files too: then there is
	// one at least.
	MP4 bool
}

// Finding is what the bucket shows of a recording.
type Finding struct {
	// Indexes is the number of indexes found that count: of an index and those
	// that came from Agora's backup in its place, one.
	Indexes int

	// Slices is the number of slices found that an index refers to.
	Slices int

	// MP4s is the number of MP4 files found.
	MP4s int

	// Screenshots is the number of screenshots found.
	Screenshots int

	// Bytes is the size of all of these.
	Bytes int64

	// Playable is the length of the slices found, as the indexes state it.
	Playable time.Duration

	// Missing is the number of files that should be there and are not, are
	// empty, or are indexes without an end or without anything recorded.
	Missing int

	// MissingFiles are the keys of the first 20 of them that have one.
	MissingFiles []string

	// MP4Missing is whether there should be an MP4 file and none is there, nor is
	// the name of one known. It counts as one of those that are missing.
	MP4Missing bool

	// Files are the keys of the indexes and MP4 files found.
	Files []string

	// Named is whether Agora named an index or an MP4 file. Without it, what was
	// found may be complete in itself, and more may still come.
	Named bool
}

// Found reports whether the bucket holds any file of the recording.
func (f Finding) Found() bool {
	return f.Indexes+f.MP4s+f.Screenshots > 0
}

// Complete reports whether all files that should be in the bucket are there.
func (f Finding) Complete() bool {
	return f.Found() && f.Missing == 0
}
