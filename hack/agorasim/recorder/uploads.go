// SPDX-License-Identifier: Apache-2.0

package recorder

import (
	"cmp"
	"errors"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// defaultTransferAfter is within the twenty minutes in which Agora moves files
// out of its backup if all goes well.
const defaultTransferAfter = 10 * time.Minute

// Upload is what becomes of a recording's files. The zero value has all of
// them in the bucket when the upload is over; with the outcome "backuped",
// the second half of the slices after ten minutes. Durations are in simulated
// time; numbers are of the slices or screenshots of each track.
type Upload struct {
	// Late is how long after the upload, as the answers tell of it, the second
	// half arrives.
	Late metav1.Duration `json:"late,omitzero"`
	// MissingSlices is how many never arrive, and EmptySlices how many arrive
	// without content.
	MissingSlices int `json:"missingSlices,omitempty"`
	EmptySlices   int `json:"emptySlices,omitempty"`
	// MissingMP4 has no MP4 file made, though it was asked for.
	MissingMP4 bool `json:"missingMp4,omitempty"`

	// CompleteIndex says that only slices and MP4 files lie in the backup,
	// while the index is in the bucket. Otherwise an index comes from there
	// too, under a name of its own, and the first remains short.
	CompleteIndex bool `json:"completeIndex,omitempty"`
	// TransferAfter is after how long the backup is moved to the bucket: ten
	// minutes if zero, only on demand if negative.
	TransferAfter metav1.Duration `json:"transferAfter,omitzero"`
	// TransferSteps is in how many steps that happens, each TransferAfter
	// from the one before and with a larger index; one if zero.
	TransferSteps int `json:"transferSteps,omitempty"`
	// AnnounceTransfer sends the event "uploaded" at its end. Whether Agora
	// does is not documented.
	AnnounceTransfer bool `json:"announceTransfer,omitempty"`
}

// Validate says what is wrong with it.
func (u Upload) Validate() error {
	if u.Late.Duration < 0 {
		return errors.New("late must not be negative")
	}
	if min(u.MissingSlices, u.EmptySlices, u.TransferSteps) < 0 {
		return errors.New("missingSlices, emptySlices and transferSteps must not be negative")
	}
	return nil
}

// Steps returns in how many steps the backup is moved.
func (u Upload) Steps() int { return max(u.TransferSteps, 1) }

// BackedUp says whether files go to Agora's backup.
func (r *Recorder) BackedUp() bool { return r.UploadingStatus == UploadingStatusBackuped }

// ArrivedAt is when an ended recorder's last file arrives, the backup aside: what
// lies there is not late beside.
func (r *Recorder) ArrivedAt() time.Time {
	if r.BackedUp() {
		return r.UploadedAt()
	}
	return r.UploadedAt().Add(r.Upload.Late.Duration)
}

// transferDue moves out of the backup what is due by itself.
func (r *Recorder) transferDue(now time.Time) {
	for {
		due, byItself := r.NextTransfer()
		if !byItself || r.Transferred(now) || due.After(now) {
			return
		}
		r.Transfers = append(r.Transfers, due)
	}
}

// NextTransfer returns when the backup is moved next, if it is by itself.
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

// TransfersBy returns how many steps of the transfer there were by then.
func (r *Recorder) TransfersBy(at time.Time) int {
	n := 0
	for n < len(r.Transfers) && !r.Transfers[n].After(at) {
		n++
	}
	return n
}

// Transferred says whether nothing is left in the backup.
func (r *Recorder) Transferred(at time.Time) bool {
	return !r.BackedUp() || r.TransfersBy(at) >= r.Upload.Steps()
}
