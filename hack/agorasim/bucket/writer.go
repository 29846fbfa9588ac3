// SPDX-License-Identifier: Apache-2.0

package bucket

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"gocloud.dev/blob"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/agorasim/simtime"
)

// parallelWrites limits the concurrent requests to the bucket.
const parallelWrites = 32

// Writer writes recorded files to a bucket. It shares a lock with the recorders, and
// callers must hold it.
type Writer struct {
	lock       sync.Locker
	clock      *simtime.Clock
	background *simtime.Background
	bucket     *blob.Bucket
	failed     func(r *recorder.Recorder)
	places     *semaphore.Weighted

	progress map[*recorder.Recorder]*progress
}

// progress is the progress of writing a recording.
type progress struct {
	written map[string]stage // by the keys of the tracks
	writing bool
	again   bool // something may have changed since the writing began
	problem string
}

// NewWriter returns a Writer for a bucket. If the bucket is nil, it writes nothing. It
// calls failed if the files of a recording cannot be written.
func NewWriter(lock sync.Locker, clock *simtime.Clock, background *simtime.Background, bucket *blob.Bucket, failed func(*recorder.Recorder)) *Writer {
	return &Writer{
		lock: lock, clock: clock, background: background, bucket: bucket, failed: failed,
		places:   semaphore.NewWeighted(parallelWrites),
		progress: map[*recorder.Recorder]*progress{},
	}
}

// HasBucket reports whether there is a bucket.
func (w *Writer) HasBucket() bool { return w.bucket != nil }

func (w *Writer) progressOf(r *recorder.Recorder) *progress {
	p, ok := w.progress[r]
	if !ok {
		p = &progress{written: map[string]stage{}}
		w.progress[r] = p
	}
	return p
}

// Write brings the bucket up to date with a recording.
func (w *Writer) Write(r *recorder.Recorder) {
	if !w.HasBucket() {
		return
	}
	p := w.progressOf(r)
	if p.again = p.writing; !p.writing {
		p.writing = w.background.Run(func(ctx context.Context) { w.write(ctx, r, p) })
	}
}

// Written reports whether all files that should be in the bucket by now have been
// written.
func (w *Writer) Written(r *recorder.Recorder, at time.Time) bool {
	return w.HasBucket() && len(MediaOf(r, at).pending(w.progressOf(r).written)) == 0
}

// Problem returns why the files of a recording could not be written, or "" if they could.
func (w *Writer) Problem(r *recorder.Recorder) string {
	if p, ok := w.progress[r]; ok {
		return p.problem
	}
	return ""
}

// write writes until nothing is pending or something fails.
func (w *Writer) write(ctx context.Context, r *recorder.Recorder, p *progress) {
	for {
		objects, done := w.next(r, p)
		if done {
			return
		}
		if err := w.put(ctx, objects); err != nil {
			w.giveUp(r, p, err)
			return
		}
		w.lock.Lock()
		p.problem = ""
		for _, done := range objects.pending {
			p.written[done.track.key()] = done.to
		}
		w.lock.Unlock()
	}
}

// next returns the next files to write, or true if there are none.
func (w *Writer) next(r *recorder.Recorder, p *progress) (objects, bool) {
	w.lock.Lock()
	defer w.lock.Unlock()
	at := w.clock.Now()
	r.Advance(at)
	p.again = false
	media := MediaOf(r, at)
	pending := media.pending(p.written)
	if p.writing = len(pending) > 0; !p.writing {
		return objects{}, true
	}
	return media.objects(pending), false
}

// giveUp records why the bucket could not be written. The next write tries the missing
// files again.
func (w *Writer) giveUp(r *recorder.Recorder, p *progress, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	w.lock.Lock()
	defer w.lock.Unlock()
	p.writing = false
	if p.problem == "" {
		w.failed(r)
	}
	p.problem = err.Error()
	if p.again {
		w.Write(r)
	}
}

// put writes files, many of them concurrently.
func (w *Writer) put(ctx context.Context, objects objects) error {
	for _, together := range [][]object{objects.transferred, objects.media, objects.results} {
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(parallelWrites)
		for _, one := range together {
			group.Go(func() error { return w.putOne(ctx, one) })
		}
		if err := group.Wait(); err != nil {
			return fmt.Errorf("write to the bucket: %w", err)
		}
	}
	return nil
}

func (w *Writer) putOne(ctx context.Context, one object) error {
	if err := w.places.Acquire(ctx, 1); err != nil {
		return err
	}
	defer w.places.Release(1)
	// Agora sets no content type.
	options := &blob.WriterOptions{DisableContentTypeDetection: true}
	if err := w.bucket.WriteAll(ctx, one.key, one.content, options); err != nil {
		return fmt.Errorf("write %s: %w", one.key, err)
	}
	return nil
}
