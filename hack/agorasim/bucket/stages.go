// SPDX-License-Identifier: Apache-2.0

package bucket

import "cloudrecording.dev/operator/hack/agorasim/recorder"

// irregular reports whether some files do not reach the bucket in time. The files that do
// reach it then arrive with the upload after the end.
func (m Media) irregular() bool {
	return m.BackedUp() && !m.BackedUpByOutage || m.Upload.Late.Duration > 0 || m.losesMedia()
}

// Complete reports whether all that was recorded has left the recorder and Agora's
// backup, and nothing was lost on the way.
func (m Media) Complete() bool {
	_, why := m.Outage(m.At)
	lost := m.Upload.MissingMP4 && m.MakesMP4() || m.losesMedia() || why.Loses()
	return m.Ended && !m.CutOff && !lost && !m.At.Before(m.ArrivedAt()) && (m.Transferred(m.At) || !m.lastRecorded())
}

// losesMedia reports whether slices are lost.
func (m Media) losesMedia() bool { return m.Upload.MissingSlices > 0 || m.Upload.EmptySlices > 0 }

// lastRecorded reports whether the last server has recorded anything. Only its files can
// be in the backup.
func (m Media) lastRecorded() bool {
	for _, t := range m.Tracks() {
		if t.Part.Number == len(m.Moves) && m.Recorded(t) > 0 {
			return true
		}
	}
	return false
}

// LooksWhole reports whether nothing more will arrive and nothing in the bucket shows a
// loss. This is also the case if the recorder failed on another server before any file
// from there arrived.
func (m Media) LooksWhole() bool {
	if m.Complete() {
		return true
	}
	if !m.Ended || !m.CutOff || len(m.Moves) == 0 || m.losesMedia() {
		return false
	}
	if _, why := m.Outage(m.At); why != recorder.OutageNone {
		return false
	}
	for _, t := range m.Tracks() {
		if t.Part.Number == len(m.Moves) && m.stageOf(t).slices > 0 {
			return false
		}
	}
	return true
}

// stage is the progress of a track's upload.
type stage struct {
	slices int // that have left the recorder, from the first one on
	index  indexStage
	// transferred are the indexes from the backup.
	transferred []indexStage
	mp4         bool
}

// indexStage is the state of an index.
type indexStage struct {
	slices int
	ended  bool
}

// HasIndex reports whether an index of a track is in the bucket.
func (m Media) HasIndex(t Track) bool { return m.stageOf(t).index.slices > 0 }

// stageOf returns which files of a track should be in the bucket. They do not change
// during an outage.
func (m Media) stageOf(t Track) stage {
	since, why := m.Outage(m.At)
	switch over := m.Ended && !m.CutOff && !m.At.Before(m.UploadedAt()); {
	case why == recorder.OutageNone:
		return m.reachedStage(t)
	case over && !why.Loses() && m.BackedUp() && !t.Part.OverAt(since):
		return m.backedUpStage(t, m.inAll(t))
	default:
		return m.By(since).reachedStage(t)
	}
}

// reachedStage returns which files of a track reach the bucket in time.
func (m Media) reachedStage(t Track) stage {
	n := m.Recorded(t)
	last := t.Part.Number == len(m.Moves)
	uploaded := t.Part.OverAt(m.At) && (!last || !m.CutOff && !m.At.Before(m.UploadedAt()))
	switch {
	case last && uploaded && m.BackedUp():
		return m.backedUpStage(t, n)
	case last && uploaded && m.At.Before(m.ArrivedAt()):
		return stage{slices: n / 2, index: indexStage{slices: n / 2}}
	case uploaded:
		return stage{slices: n, index: wholeIndex(n), mp4: t.mp4 && n > 0}
	case m.irregular():
		return stage{}
	}
	if last && t.Part.OverAt(m.At) {
		n = m.recordedBeforeEnd(t)
	}
	return stage{slices: n, index: indexStage{slices: n}}
}

// recordedBeforeEnd counts the slices except the one that the end completes.
func (m Media) recordedBeforeEnd(t Track) int {
	t.Part.Open = true
	return m.By(t.Part.End).Recorded(t)
}

func wholeIndex(n int) indexStage { return indexStage{slices: n, ended: n > 0} }

// backedUpStage returns the stage of a track that is partly in the backup.
func (m Media) backedUpStage(t Track, n int) stage {
	inBackup := (n + 1) / 2
	if since, why := m.Outage(m.At); why == recorder.OutageStale {
		inBackup = n - min(max(m.By(since).Recorded(t), 0), n)
	}
	steps := m.Upload.Steps()
	before := n - inBackup
	s := stage{slices: before, index: indexStage{slices: before}}
	if m.Upload.CompleteIndex {
		s.index = wholeIndex(n)
	}
	for step := 1; step <= m.TransfersBy(m.At); step++ {
		if m.Upload.CompleteIndex {
			// The last step always brings a slice, because nothing else shows that it is
			// still to come.
			s.slices = before + inBackup*step/steps
			continue
		}
		s.slices = before + (inBackup*step+steps-1)/steps
		s.transferred = append(s.transferred, indexStage{slices: s.slices})
		if step == steps {
			s.transferred[step-1] = wholeIndex(n)
		}
	}
	s.mp4 = t.mp4 && n > 0 && m.Transferred(m.At)
	return s
}

// missing reports whether a slice never arrives.
func (m Media) missing(t Track, n int) bool {
	return t.Part.OverAt(m.At) && n >= m.inAll(t)-m.Upload.MissingSlices
}

// empty reports whether a slice arrives without content.
func (m Media) empty(t Track, n int) bool {
	return t.Part.OverAt(m.At) && n >= m.inAll(t)-m.Upload.MissingSlices-m.Upload.EmptySlices
}

// Progress returns Agora's measure of the upload progress, up to 10000.
func (m Media) Progress() int {
	recorded, uploaded := 0, 0
	for _, t := range m.Tracks() {
		if t.IsMerged() {
			continue
		}
		n := m.Recorded(t)
		recorded += n
		uploaded += min(m.stageOf(t).slices, n)
		if t.Part.OverAt(m.At) {
			uploaded -= min(m.Upload.MissingSlices, uploaded)
			continue
		}
		recorded++ // the slice under way
	}
	if recorded == 0 {
		return 0
	}
	return WholeProgress * uploaded / recorded
}

// WholeProgress is Agora's measure of a finished upload.
const WholeProgress = 10000
