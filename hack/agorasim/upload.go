// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
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
	// UnfinishedIndex leaves the index without its end.
	UnfinishedIndex bool `json:"unfinishedIndex,omitempty"`

	// BackedUpSlices is how many lie in Agora's backup if the outcome is
	// "backuped"; half of them if zero.
	BackedUpSlices int `json:"backedUpSlices,omitempty"`
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

func (u Upload) validate() error {
	if u.Late.Duration < 0 {
		return errors.New("late must not be negative")
	}
	if min(u.MissingSlices, u.EmptySlices, u.BackedUpSlices, u.TransferSteps) < 0 {
		return errors.New("missingSlices, emptySlices, backedUpSlices and transferSteps must not be negative")
	}
	return nil
}

// transferAfter returns after how long a transfer begins by itself, if it does.
func (u Upload) transferAfter() (after time.Duration, byItself bool) {
	return durationOrDefault(u.TransferAfter.Duration, defaultTransferAfter), u.TransferAfter.Duration >= 0
}

func (u Upload) transferSteps() int { return max(u.TransferSteps, 1) }

// irregular says whether the bucket does not get all in time. What it does get
// then comes with the upload after the end.
func (r *recorder) irregular() bool {
	return r.backedUp() && !r.backedUpByOutage || r.upload.Late.Duration > 0 || r.upload.MissingSlices > 0 || r.upload.EmptySlices > 0
}

func (r *recorder) backedUp() bool { return r.uploadingStatus == UploadingStatusBackuped }

// arrivedAt is when an ended recorder's last file arrives, the backup aside: what
// lies there is not late beside.
func (r *recorder) arrivedAt() time.Time {
	if r.backedUp() {
		return r.uploadedAt()
	}
	return r.uploadedAt().Add(r.upload.Late.Duration)
}

// transferDue moves out of the backup what is due by itself.
func (r *recorder) transferDue(now time.Time) {
	for {
		due, byItself := r.nextTransfer()
		if !byItself || r.transferred(now) || due.After(now) {
			return
		}
		r.transfers = append(r.transfers, due)
	}
}

// nextTransfer returns when the backup is moved next, if it is by itself.
func (r *recorder) nextTransfer() (time.Time, bool) {
	if !r.ended || r.cutOff || !r.backedUp() {
		return time.Time{}, false
	}
	last := r.uploadedAt()
	if n := len(r.transfers); n > 0 {
		last = r.transfers[n-1]
	}
	after, byItself := r.upload.transferAfter()
	return last.Add(after), byItself
}

// transfersBy returns how many steps of the transfer there were by then.
func (r *recorder) transfersBy(at time.Time) int {
	n := 0
	for n < len(r.transfers) && !r.transfers[n].After(at) {
		n++
	}
	return n
}

// transferred says whether nothing is left in the backup.
func (r *recorder) transferred(at time.Time) bool {
	return !r.backedUp() || r.transfersBy(at) >= r.upload.transferSteps()
}

// complete says whether all that was recorded has left the recorder and Agora's
// backup, and nothing was lost on the way.
func (r *recorder) complete(at time.Time) bool {
	lost := r.upload.MissingMP4 && r.makesMP4() || r.upload.MissingSlices > 0 || r.upload.EmptySlices > 0 || r.upload.UnfinishedIndex
	_, why := r.outage(at)
	lost = lost || why.loses()
	return r.ended && !r.cutOff && !lost && !at.Before(r.arrivedAt()) && (r.transferred(at) || !r.lastRecorded(at))
}

// lastRecorded says whether the last server has recorded anything, which alone can
// lie in the backup.
func (r *recorder) lastRecorded(at time.Time) bool {
	for _, t := range r.tracks(at) {
		if t.part.number == len(r.moves) && r.recorded(t, at) > 0 {
			return true
		}
	}
	return false
}

// looksWhole says whether nothing more comes and nothing in the bucket shows that
// anything was lost: also if the recorder failed on another server before
// anything came from there.
func (r *recorder) looksWhole(at time.Time) bool {
	if r.complete(at) {
		return true
	}
	if !r.ended || !r.cutOff || len(r.moves) == 0 || r.upload.MissingSlices > 0 || r.upload.EmptySlices > 0 || r.upload.UnfinishedIndex {
		return false
	}
	if _, why := r.outage(at); why != outageNone {
		return false
	}
	for _, t := range r.tracks(at) {
		if t.part.number == len(r.moves) && r.stageOf(t, at).slices > 0 {
			return false
		}
	}
	return true
}

// stage is how far the upload of a track has come.
type stage struct {
	slices int // which are out of the recorder's hands, from the first on
	index  indexStage
	// transferred are the indexes from the backup.
	transferred []indexStage
	mp4         bool
}

// indexStage is how an index looks like.
type indexStage struct {
	slices int
	ended  bool
}

// stageOf returns what of a track should be in the bucket. During an outage
// that remains what was there when it began.
func (r *recorder) stageOf(t track, at time.Time) stage {
	since, why := r.outage(at)
	switch over := r.ended && !r.cutOff && !at.Before(r.uploadedAt()); {
	case why == outageNone:
		return r.reachedStage(t, at)
	case over && !why.loses() && r.backedUp() && !t.part.overAt(since):
		return r.backedUpStage(t, r.inAll(t), at)
	default:
		return r.reachedStage(t, since)
	}
}

// reachedStage is what of a track reaches the bucket in time.
func (r *recorder) reachedStage(t track, at time.Time) stage {
	n := r.recorded(t, at)
	last := t.part.number == len(r.moves)
	uploaded := t.part.overAt(at) && (!last || !r.cutOff && !at.Before(r.uploadedAt()))
	switch {
	case last && uploaded && r.backedUp():
		return r.backedUpStage(t, n, at)
	case last && uploaded && at.Before(r.arrivedAt()):
		return stage{slices: n / 2, index: indexStage{slices: n / 2}}
	case uploaded:
		return stage{slices: n, index: r.wholeIndex(n), mp4: t.mp4 && n > 0}
	case r.irregular():
		return stage{}
	}
	if last && t.part.overAt(at) {
		n = r.recordedBeforeEnd(t)
	}
	return stage{slices: n, index: indexStage{slices: n}}
}

// recordedBeforeEnd counts without the slice that the end ends.
func (r *recorder) recordedBeforeEnd(t track) int {
	t.part.open = true
	return r.recorded(t, t.part.end)
}

func (r *recorder) wholeIndex(n int) indexStage {
	return indexStage{slices: n, ended: n > 0 && !r.upload.UnfinishedIndex}
}

// backedUpStage is that of a track of which a part lies in the backup.
func (r *recorder) backedUpStage(t track, n int, at time.Time) stage {
	inBackup := (n + 1) / 2
	if r.upload.BackedUpSlices > 0 {
		inBackup = min(r.upload.BackedUpSlices, n)
	}
	if since, why := r.outage(at); why == outageStale {
		inBackup = n - min(max(r.recorded(t, since), 0), n)
	}
	steps := r.upload.transferSteps()
	before := n - inBackup
	s := stage{slices: before, index: indexStage{slices: before}}
	if r.upload.CompleteIndex {
		s.index = r.wholeIndex(n)
	}
	for step := 1; step <= r.transfersBy(at); step++ {
		if r.upload.CompleteIndex {
			// The last step always brings a slice: nothing else shows that it is to come.
			s.slices = before + inBackup*step/steps
			continue
		}
		s.slices = before + (inBackup*step+steps-1)/steps
		s.transferred = append(s.transferred, indexStage{slices: s.slices})
		if step == steps {
			s.transferred[step-1] = r.wholeIndex(n)
		}
	}
	s.mp4 = t.mp4 && n > 0 && r.transferred(at)
	return s
}

// missing says whether a slice never arrives.
func (r *recorder) missing(t track, n int, at time.Time) bool {
	return t.part.overAt(at) && n >= r.inAll(t)-r.upload.MissingSlices
}

// empty says whether a slice arrives without content.
func (r *recorder) empty(t track, n int, at time.Time) bool {
	return t.part.overAt(at) && n >= r.inAll(t)-r.upload.MissingSlices-r.upload.EmptySlices
}

// progress is Agora's measure of the upload, 10000 for all.
func (r *recorder) progress(at time.Time) int {
	recorded, uploaded := 0, 0
	for _, t := range r.tracks(at) {
		if t.isMerged() {
			continue
		}
		n := r.recorded(t, at)
		recorded += n
		uploaded += min(r.stageOf(t, at).slices, n)
		if t.part.overAt(at) {
			uploaded -= min(r.upload.MissingSlices, uploaded)
			continue
		}
		recorded++ // the slice under way
	}
	if recorded == 0 {
		return 0
	}
	return wholeProgress * uploaded / recorded
}

const wholeProgress = 10000
