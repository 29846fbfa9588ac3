// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gocloud.dev/blob"
	"golang.org/x/sync/errgroup"
)

// storage is what of a recording was written to the bucket.
type storage struct {
	written map[string]stage // by the base names of the tracks
	writing bool
	again   bool // something may have changed since the writing began
	problem string
}

// backlog is a track of which something has to be written.
type backlog struct {
	track track
	from  stage
	to    stage
}

// pending returns what has to be written.
func (r *recorder) pending(at time.Time) []backlog {
	var pending []backlog
	for _, t := range r.tracks(at) {
		from, to := r.stored.written[t.key()], r.stageOf(t, at)
		if from.behind(to, t) {
			pending = append(pending, backlog{t, from, to})
		}
	}
	return pending
}

// key tells tracks apart: screenshots and video have one base name.
func (t track) key() string { return t.base + t.extension }

// behind says whether something has to be written to get further.
func (s stage) behind(to stage, t track) bool {
	return s.slices < to.slices || s.mp4 != to.mp4 || len(s.transferred) < len(to.transferred) ||
		t.indexed && s.index != to.index && to.index.slices > 0
}

// writeSoon brings the bucket to where the recording is.
func (s *Simulator) writeSoon(r *recorder) {
	switch {
	case s.options.Bucket == nil:
	case r.stored.writing:
		r.stored.again = true
	default:
		r.stored.writing = s.backstage.run(func(ctx context.Context) { s.write(ctx, r) })
	}
}

// write returns when nothing is left to be written, or something failed.
func (s *Simulator) write(ctx context.Context, r *recorder) {
	for {
		objects, done := s.nextObjects(r)
		if done {
			return
		}
		if err := s.put(ctx, objects); err != nil {
			s.giveUp(r, err)
			return
		}
		s.mu.Lock()
		r.stored.problem = ""
		for _, w := range objects.pending {
			r.stored.written[w.track.key()] = w.to
		}
		s.mu.Unlock()
	}
}

// nextObjects returns what there is to write, unless the writing is done.
func (s *Simulator) nextObjects(r *recorder) (objects, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.clock.Now()
	r.advance(at)
	if r.stored.written == nil {
		r.stored.written = map[string]stage{}
	}
	r.stored.again = false
	pending := r.pending(at)
	if len(pending) == 0 {
		r.stored.writing = false
		return objects{}, true
	}
	return r.objects(pending, at), false
}

// giveUp notes why the bucket could not be written. What is missing is tried
// again with what comes next.
func (s *Simulator) giveUp(r *recorder, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.stored.writing = false
	if r.stored.problem == "" {
		s.tell(r, s.clock.Now(), EventError, uploadFailed())
	}
	r.stored.problem = err.Error()
	if r.stored.again {
		s.writeSoon(r)
	}
}

// written says whether everything is in the bucket that should be by now.
func (s *Simulator) written(r *recorder, at time.Time) bool {
	return s.options.Bucket != nil && len(r.pending(at)) == 0
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
func (r *recorder) objects(pending []backlog, at time.Time) objects {
	all := objects{pending: pending}
	add := func(to *[]object, name string, content []byte) {
		*to = append(*to, object{r.keyPrefix() + name, content})
	}
	for _, w := range pending {
		t := w.track
		for step := len(w.from.transferred); step < len(w.to.transferred); step++ {
			name := fmt.Sprintf("%s_%d_%d.m3u8", t.base, tick(r.transfers[step]), step)
			add(&all.transferred, name, r.playlist(t, w.to.transferred[step], at))
		}
		for n := w.from.slices; n < w.to.slices; n++ {
			switch {
			case t.isMerged():
			case r.missing(t, n, at):
			case r.empty(t, n, at):
				add(&all.media, t.sliceName(n), nil)
			default:
				add(&all.media, t.sliceName(n), t.content())
			}
		}
		if t.indexed && w.from.index != w.to.index && w.to.index.slices > 0 {
			add(&all.results, t.base+".m3u8", r.playlist(t, w.to.index, at))
		}
		if w.to.mp4 && !w.from.mp4 {
			add(&all.results, t.base+"_0.mp4", mp4Content())
		}
	}
	return all
}

// tick is the number in the name of an index that comes from the backup.
func tick(at time.Time) int64 { return at.UnixMilli() }

// put writes the files, many at once.
func (s *Simulator) put(ctx context.Context, objects objects) error {
	for _, together := range [][]object{objects.transferred, objects.media, objects.results} {
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(parallelWrites)
		for one := range slices.Values(together) {
			group.Go(func() error { return s.putOne(ctx, one) })
		}
		if err := group.Wait(); err != nil {
			return fmt.Errorf("write to the bucket: %w", err)
		}
	}
	return nil
}

func (s *Simulator) putOne(ctx context.Context, one object) error {
	leave, err := enter(ctx, s.writes)
	if err != nil {
		return err
	}
	defer leave()
	// Agora sets no content type.
	options := &blob.WriterOptions{DisableContentTypeDetection: true}
	if err := s.options.Bucket.WriteAll(ctx, one.key, one.content, options); err != nil {
		return fmt.Errorf("write %s: %w", one.key, err)
	}
	return nil
}

// content is a small slice or screenshot of the right kind.
func (t track) content() []byte {
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
