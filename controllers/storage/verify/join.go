// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// errForeignFile means that an index names a file of another recording.
var errForeignFile = errors.New("refers to a file of another recording")

// join compares an index with a listing while reading both. Both contain the slices in
// the order of time, so neither has to be kept in memory.
type join struct {
	key        string
	folder     string
	sid        string
	contents   *contents
	outOfOrder *outOfOrder

	// mostChildren limits how many other indexes it may name.
	mostChildren int

	playlist *playlist
	body     io.Closer

	// region is the prefix of the keys in the listing.
	region string

	// last is the last key that was compared. counted is true if its slice was found and
	// counted.
	last    string
	counted bool

	// pending is the next slice of the index that the listing has not reached yet.
	pending    reference
	pendingKey string
	done       bool
}

// openJoin starts to read an index. Keys up to after have already been listed.
func (b *bucket) openJoin(ctx context.Context, key, sid, region, after string, outOfOrder *outOfOrder) (*join, error) {
	folder, _ := split(key)
	j := &join{key: key, folder: folder, sid: sid, contents: &contents{}, outOfOrder: outOfOrder, mostChildren: b.limits.Files, region: region, last: after}
	body, err := b.read(ctx, key)
	if errors.Is(err, errGone) {
		j.contents.gone, j.done = true, true
		return j, nil
	}
	if err != nil {
		return nil, err
	}
	j.body = body
	j.playlist = newPlaylist(body, b.limits.LineBytes)
	if err := j.next(); err != nil {
		j.abandon()
		return nil, b.explainIndex(ctx, key, err)
	}
	return j, nil
}

// advance handles the next file of the listing. It reports whether the index names the
// file. A file that another index has counted is not counted again.
func (j *join) advance(file object, counted bool) (bool, error) {
	for !j.done && j.pendingKey < file.key {
		j.settle(object{}, false)
		if err := j.next(); err != nil {
			return false, err
		}
	}
	if j.done || j.pendingKey != file.key {
		return false, nil
	}
	j.settle(file, counted)
	return true, j.next()
}

// finish handles the end of the listing.
func (j *join) finish() error {
	for !j.done {
		j.settle(object{}, false)
		if err := j.next(); err != nil {
			return err
		}
	}
	return nil
}

// spill leaves the rest of the index to a later listing.
func (j *join) spill() error {
	for !j.done {
		if err := j.outOfOrder.add(j.pendingKey, j.pending.duration, j.contents); err != nil {
			return err
		}
		if err := j.next(); err != nil {
			return err
		}
	}
	return nil
}

// settle decides about the pending slice. An empty slice counts as missing.
func (j *join) settle(file object, counted bool) {
	j.last = j.pendingKey
	j.counted = file.size > 0 && !counted
	switch {
	case file.size == 0:
		j.contents.miss(j.pendingKey)
	case !counted:
		j.contents.found(file.size, j.pending.duration)
	}
}

// next moves to the next slice that is in the order of the listing. Slices that are out
// of order are looked for later.
func (j *join) next() error {
	for {
		found, err := j.playlist.next()
		if errors.Is(err, io.EOF) {
			j.done = true
			j.contents.ended = j.playlist.hasEnd()
			return j.close()
		}
		if err != nil {
			return err
		}
		if !belongs(found.name, j.sid) {
			return errForeignFile
		}
		key := j.folder + found.name
		if class := classOf(key); class == index || class == manifest {
			if err := j.takeChild(key); err != nil {
				return err
			}
			continue
		} else if class == slice || class == other {
			j.contents.namesSlices = true
		}
		switch {
		case key == j.last:
			j.repeat(found)
		case key < j.last || !strings.HasPrefix(key, j.region):
			if err := j.outOfOrder.add(key, found.duration, j.contents); err != nil {
				return err
			}
		default:
			j.pending, j.pendingKey = found, key
			return nil
		}
	}
}

// repeat handles a slice that the index names twice in a row.
func (j *join) repeat(found reference) {
	if j.counted {
		j.contents.playable += found.duration
	}
}

// abandon closes a join after an error. The error of closing is ignored, because the
// earlier one says more.
func (j *join) abandon() {
	j.done = true
	_ = j.close()
}

func (j *join) close() error {
	if j.body == nil {
		return nil
	}
	body := j.body
	j.body = nil
	if err := body.Close(); err != nil {
		return fmt.Errorf("closing an index: %w", err)
	}
	return nil
}
