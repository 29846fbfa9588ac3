// SPDX-License-Identifier: Apache-2.0

package bucket

import "fmt"

// backlog is a track of which something has to be written.
type backlog struct {
	track Track
	from  stage
	to    stage
}

// pending returns what has to be written, where something has been.
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

// key tells tracks apart: screenshots and video have one base name.
func (t Track) key() string { return t.Base + t.extension }

// behind says whether something has to be written to get further.
func (s stage) behind(to stage, t Track) bool {
	return s.slices < to.slices || s.mp4 != to.mp4 || len(s.transferred) < len(to.transferred) ||
		t.Indexed && s.index != to.index && to.index.slices > 0
}

// object is a file for the bucket.
type object struct {
	key     string
	content []byte
}

// objects are files for the bucket in the order in which Agora writes them:
// indexes from its backup, which may name slices that follow; slices; and the
// indexes and MP4 files made of them.
type objects struct {
	pending                     []backlog
	transferred, media, results []object
}

// objects returns the files that a backlog consists of.
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

// content is a small slice or screenshot of the right kind.
func (t Track) content() []byte {
	if t.extension == ".jpg" {
		return []byte{0xff, 0xd8, 0xff, 0xd9} // the beginning and the end of an image
	}
	const packetBytes = 188
	packet := make([]byte, packetBytes)
	copy(packet, []byte{0x47, 0x1f, 0xff, 0x10}) // a null packet of a transport stream
	return packet
}

// mp4Content is a file type box.
func mp4Content() []byte { return []byte("\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isom") }
