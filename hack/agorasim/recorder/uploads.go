// SPDX-License-Identifier: Apache-2.0

package recorder

import (
	"cmp"
	"errors"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// defaultTransferAfter is within the twenty minutes in which Agora normally transfers
// files from its backup.
const defaultTransferAfter = 10 * time.Minute

// Upload describes what happens to a recording's files. With the zero value, all files
// are in the bucket when the upload is finished. With the outcome "backuped", the second
// half of the slices follows after ten minutes. Durations are in simulated time. Numbers
// refer to the slices or screenshots of each track.
type Upload struct {
	// Late is how long after the upload, as reported by the answers, the second half of
	// the files arrives.
	Late metav1.Duration `json:"late,omitzero"`
	// MissingSlices is how many slices never arrive, and EmptySlices how many arrive
	// without content.
	MissingSlices int `json:"missingSlices,omitempty"`
	EmptySlices   int `json:"emptySlices,omitempty"`
	// MissingMP4 means that no MP4 file is made although it was requested.
	MissingMP4 bool `json:"missingMp4,omitempty"`

	// CompleteIndex means that only slices and MP4 files are in the backup, and the index
	// is in the bucket. Otherwise, an index comes from the backup too, under its own
	// name, and the first index remains short.
	CompleteIndex bool `json:"completeIndex,omitempty"`
	// TransferAfter is when files are transferred from the backup to the bucket. Zero
	// means ten minutes, and negative means only on demand.
	TransferAfter metav1.Duration `json:"transferAfter,omitzero"`
	// TransferSteps is the number of steps of the transfer. Each step is TransferAfter
	// later than the previous one and has a larger index. Zero means one step.
	TransferSteps int `json:"transferSteps,omitempty"`
	// AnnounceTransfer sends the event "uploaded" after the transfer. Agora does not
	// document whether it does so.
	AnnounceTransfer bool `json:"announceTransfer,omitempty"`
}

// Validate returns an error if the upload is invalid.
func (u Upload) Validate() error {
	if u.Late.Duration < 0 {
		return errors.New("late must not be negative")
	}
	if min(u.MissingSlices, u.EmptySlices, u.TransferSteps) < 0 {
		return errors.New("missingSlices, emptySlices and transferSteps must not be negative")
	}
	return nil
}

// Steps returns the number of steps of the transfer from the backup.
func (u Upload) Steps() int { return max(u.TransferSteps, 1) }

// BackedUp reports whether files go to Agora's backup.
func (r *Recorder) BackedUp() bool { return r.UploadingStatus == UploadingStatusBackuped }

// ArrivedAt returns when the last file of an ended recorder arrives, except for files in
// the backup. With a backup, no other files are late.
func (r *Recorder) ArrivedAt() time.Time {
	if r.BackedUp() {
		return r.UploadedAt()
	}
	return r.UploadedAt().Add(r.Upload.Late.Duration)
}

// transferDue transfers everything from the backup that is due by itself.
func (r *Recorder) transferDue(now time.Time) {
	for {
		due, byItself := r.NextTransfer()
		if !byItself || r.Transferred(now) || due.After(now) {
			return
		}
		r.Transfers = append(r.Transfers, due)
	}
}

// NextTransfer returns when the next transfer from the backup is due by itself, if at
// all.
func (r *Recorder) NextTransfer() (time.Time, bool) {
	if !r.Ended || r.CutOff || !r.BackedUp() {
		return time.Time{}, false
	}
	last := r.UploadedAt()
	if n := len(r.Transfers); n > 0 {
		last = r.Transfers[n-1]
	}
	after := cmp.Or(r.Upload.TransferAfter.Duration, defaultTransferAfter)
	return last.Add(after), after >= 0
}

// TransfersBy returns how many steps of the transfer were done by the given time.
func (r *Recorder) TransfersBy(at time.Time) int {
	n := 0
	for n < len(r.Transfers) && !r.Transfers[n].After(at) {
		n++
	}
	return n
}

// Transferred reports whether nothing is left in the backup.
func (r *Recorder) Transferred(at time.Time) bool {
	return !r.BackedUp() || r.TransfersBy(at) >= r.Upload.Steps()
}
