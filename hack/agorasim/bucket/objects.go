// SPDX-License-Identifier: Apache-2.0

package bucket

import "fmt"

// backlog is a track with files that are not written yet.
type backlog struct {
	track Track
	from  stage
	to    stage
}

// pending returns the tracks with files to write, given what has been written.
func (m Media) pending(written map[string]stage) []backlog {
	var pending []backlog
	for _, t := range m.Tracks() {
		from, to := written[t.key()], m.stageOf(t)
		if from.behind(to, t) {
			pending = append(pending, backlog{t, from, to})
		}
	}
	return pending
}

// key identifies a track, because screenshots and video share a base name.
func (t Track) key() string { return t.Base + t.extension }

// behind reports whether anything has to be written to reach the later stage.
func (s stage) behind(to stage, t Track) bool {
	return s.slices < to.slices || s.mp4 != to.mp4 || len(s.transferred) < len(to.transferred) ||
		t.Indexed && s.index != to.index && to.index.slices > 0
}

// object is a file for the bucket.
type object struct {
	key     string
	content []byte
}

// objects are files for the bucket, in the order in which Agora writes them: first the
// indexes from its backup, which may name slices that follow, then slices, and then the
// indexes and MP4 files made from them.
type objects struct {
	pending                     []backlog
	transferred, media, results []object
}

// objects returns the files of a backlog.
func (m Media) objects(pending []backlog) objects {
	all := objects{pending: pending}
	add := func(to *[]object, name string, content []byte) {
		*to = append(*to, object{m.keyPrefix() + name, content})
	}
	for _, w := range pending {
		t := w.track
		for step := len(w.from.transferred); step < len(w.to.transferred); step++ {
			name := fmt.Sprintf("%s_%d_%d.m3u8", t.Base, m.Transfers[step].UnixMilli(), step)
			add(&all.transferred, name, m.playlist(t, w.to.transferred[step]))
		}
		for n := w.from.slices; n < w.to.slices; n++ {
			switch {
			case t.IsMerged():
			case m.missing(t, n):
			case m.empty(t, n):
				add(&all.media, t.SliceName(n), nil)
			default:
				add(&all.media, t.SliceName(n), t.content())
			}
		}
		if t.Indexed && w.from.index != w.to.index && w.to.index.slices > 0 {
			add(&all.results, t.Base+".m3u8", m.playlist(t, w.to.index))
		}
		if w.to.mp4 && !w.from.mp4 {
			add(&all.results, t.Base+"_0.mp4", mp4Content())
		}
	}
	return all
}

// content returns a small slice or screenshot of the right type.
func (t Track) content() []byte {
	if t.extension == ".jpg" {
		return []byte{0xff, 0xd8, 0xff, 0xd9} // the beginning and the end of an image
	}
	const packetBytes = 188
	packet := make([]byte, packetBytes)
	copy(packet, []byte{0x47, 0x1f, 0xff, 0x10}) // a null packet of a transport stream
	return packet
}

// mp4Content returns a file type box.
func mp4Content() []byte { return []byte("\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isom") }
