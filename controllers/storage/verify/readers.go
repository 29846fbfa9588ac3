// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"context"
	"slices"
)

// readers are the indexes that are being read during a listing.
type readers struct {
	scan   *scan
	region string
	last   string
	joins  []*join
}

// open starts to read an index at the current position of the listing.
func (r *readers) open(ctx context.Context, file *indexFile) error {
	if len(r.joins) >= maxOpen {
		if err := r.end(ctx, r.joins[0], (*join).spill); err != nil {
			return err
		}
		r.sweep()
	}
	s := r.scan
	opened, err := s.bucket.openJoin(ctx, file.key, s.recording.SID, r.region, r.last, s.outOfOrder)
	if err != nil {
		return err
	}
	file.contents = opened.contents
	r.joins = append(r.joins, opened)
	return nil
}

// advance handles the next file of the listing.
func (r *readers) advance(ctx context.Context, file object) error {
	r.last = file.key
	counted := false
	for _, reader := range r.joins {
		names, err := reader.advance(file, counted)
		if err != nil {
			return r.scan.bucket.explainIndex(ctx, reader.key, err)
		}
		counted = counted || names
	}
	r.sweep()
	return nil
}

// finish handles the end of the listing.
func (r *readers) finish(ctx context.Context) error {
	for _, reader := range r.joins {
		if err := r.end(ctx, reader, (*join).finish); err != nil {
			return err
		}
	}
	r.joins = nil
	return nil
}

func (r *readers) end(ctx context.Context, reader *join, how func(*join) error) error {
	if err := how(reader); err != nil {
		return r.scan.bucket.explainIndex(ctx, reader.key, err)
	}
	return nil
}

// sweep removes the indexes that have been read to their end.
func (r *readers) sweep() {
	r.joins = slices.DeleteFunc(r.joins, func(reader *join) bool { return reader.done })
}

// abandon closes the indexes that are still open after an error.
func (r *readers) abandon() {
	for _, reader := range r.joins {
		reader.abandon()
	}
}
