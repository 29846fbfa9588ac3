// SPDX-License-Identifier: Apache-2.0

package storage

import (
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Recording describes the recording to look for in a bucket.
type Recording struct {
	// Owner is on whose behalf the bucket is read, such as a namespace. It limits how
	// many verifications of one owner run at the same time. Without an owner, only the
	// other limits apply.
	Owner string

	// SID is Agora's recording ID. The names of all files of the recording begin with it.
	SID string

	// Mode is the recording mode.
	Mode v1alpha1.RecordingMode

	// Files are the names that Agora reported, with or without the folder.
	Files []string

	// MP4 is true if the recording was started with MP4 output. Then there is at least
	// one MP4 file.
	MP4 bool
}

// Finding is what a verification found in the bucket.
type Finding struct {
	// Indexes is the number of indexes found. An index and its replacements from Agora's
	// backup count as one.
	Indexes int

	// Slices is the number of slices found that an index names.
	Slices int

	// MP4s is the number of MP4 files found.
	MP4s int

	// Screenshots is the number of screenshots found.
	Screenshots int

	// Bytes is the total size of all these files.
	Bytes int64

	// Playable is the total length of the slices found, according to the indexes.
	Playable time.Duration

	// Missing is the number of files that are missing or empty, and of indexes that have
	// no end or name no recorded data.
	Missing int

	// MissingFiles are the keys of the first 20 missing files whose key is known.
	MissingFiles []string

	// MP4Missing is true if an MP4 file is expected, none was found, and no name of one
	// is known. It counts as one missing file.
	MP4Missing bool

	// Files are the keys of the indexes and MP4 files found.
	Files []string

	// Named is true if Agora named an index or an MP4 file. Otherwise, the files found
	// may be complete in themselves while more are still to come.
	Named bool
}

// Found reports whether the bucket holds any file of the recording.
func (f Finding) Found() bool {
	return f.Indexes+f.MP4s+f.Screenshots > 0
}

// Complete reports whether all expected files are in the bucket.
func (f Finding) Complete() bool {
	return f.Found() && f.Missing == 0
}
