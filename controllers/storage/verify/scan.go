// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"cloudrecording.dev/operator/controllers/storage"
)

// maxOpen limits how many indexes are read at the same time, each with a connection.
const maxOpen = 8

// scan looks for one recording.
type scan struct {
	bucket    *bucket
	prefix    string
	recording storage.Recording

	expected   *expectations
	indexes    *indexes
	outOfOrder *outOfOrder
	listed     []string

	// manifests are the keys of the manifests that are not empty.
	manifests map[string]bool
	finding   storage.Finding

	// emptyMP4 is true if an empty MP4 file was found.
	emptyMP4 bool
	files    []string
}

func newScan(bucket *bucket, prefix string, recording storage.Recording) *scan {
	expected := newExpectations(prefix, recording.Files)
	return &scan{
		bucket:     bucket,
		prefix:     prefix,
		recording:  recording,
		expected:   expected,
		indexes:    newIndexes(recording.Mode, expected),
		outOfOrder: newOutOfOrder(bucket.limits.OutOfOrder),
		manifests:  map[string]bool{},
		finding:    storage.Finding{Named: expected.named()},
	}
}

// run lists the files of the recording and reads its indexes at the same time. Further
// listings are only needed for indexes from Agora's backup and for slices that are named
// out of order.
func (s *scan) run(ctx context.Context) (storage.Finding, error) {
	if err := s.listFolder(ctx, s.prefix); err != nil {
		return storage.Finding{}, err
	}
	if err := s.scanElsewhere(ctx); err != nil {
		return storage.Finding{}, err
	}
	counting := s.indexes.counting()
	for _, of := range slices.SortedFunc(maps.Keys(counting), cmp.Compare[string]) {
		if err := s.readAgain(ctx, of, counting[of]); err != nil {
			return storage.Finding{}, err
		}
	}
	if err := s.findOutOfOrder(ctx, counting); err != nil {
		return storage.Finding{}, err
	}
	s.conclude(counting)
	return s.finding, nil
}

// listFolder lists the files of the recording in a folder, including those recorded after
// a move to another server.
func (s *scan) listFolder(ctx context.Context, folder string) error {
	for _, mark := range append([]string{""}, moves()...) {
		if err := s.list(ctx, folder+mark+s.recording.SID); err != nil {
			return err
		}
	}
	return nil
}

// list lists the keys with the prefix, unless it has done so before.
func (s *scan) list(ctx context.Context, prefix string) error {
	if slices.Contains(s.listed, prefix) {
		return nil
	}
	s.listed = append(s.listed, prefix)
	readers := &readers{scan: s, region: prefix}
	defer readers.abandon()
	err := s.bucket.list(ctx, prefix, func(file object) error {
		if _, name := split(file.key); !belongs(name, s.recording.SID) {
			return nil
		}
		if err := readers.advance(ctx, file); err != nil {
			return err
		}
		return s.take(ctx, file, readers)
	})
	if err != nil {
		return err
	}
	return readers.finish(ctx)
}

// take records a file of the listing.
func (s *scan) take(ctx context.Context, file object, readers *readers) error {
	s.expected.find(file.key)
	if err := s.sortIn(ctx, file, readers); err != nil {
		return err
	}
	limit := s.bucket.limits.Files
	if len(s.files)+len(s.indexes.byKey) > limit || len(s.indexes.withSlices) > limit {
		return storage.Problemf(storage.TooLarge, "The bucket %s holds more than %d indexes and MP4 files for this recording. Check what stands in spec.storage.fileNamePrefix.", s.bucket.target.Bucket, limit)
	}
	return nil
}

func (s *scan) sortIn(ctx context.Context, file object, readers *readers) error {
	switch classOf(file.key) {
	case index:
		return s.takeIndex(ctx, file, readers)
	case manifest:
		// The indexes of the same tracks name its slices too.
		s.count(file, &s.finding.Indexes, true)
		if file.size > 0 {
			s.manifests[file.key] = true
		}
	case mp4:
		s.count(file, &s.finding.MP4s, true)
		s.emptyMP4 = s.emptyMP4 || file.size == 0
	case screenshot:
		s.count(file, &s.finding.Screenshots, false)
	case slice:
		if of, ok := stemOfSlice(file.key); ok {
			s.indexes.withSlices[of] = true
		}
	case other:
	}
	return nil
}

// count records a file that is complete in itself. An empty file counts as missing.
func (s *scan) count(file object, counter *int, named bool) {
	if file.size == 0 {
		s.miss(file.key)
		return
	}
	*counter++
	s.finding.Bytes += file.size
	if named {
		s.files = append(s.files, file.key)
	}
}

func (s *scan) takeIndex(ctx context.Context, file object, readers *readers) error {
	found := &indexFile{key: file.key, size: file.size}
	s.indexes.byKey[file.key] = found
	if _, _, fromBackup := s.indexes.fromBackup(file.key); fromBackup || file.size == 0 {
		return nil
	}
	if file.size > s.bucket.limits.IndexBytes {
		return s.bucket.tooLargeIndex(file.key)
	}
	return readers.open(ctx, found)
}

// readAgain reads an index that comes after its slices in the listing, so that the first
// listing could not be used.
func (s *scan) readAgain(ctx context.Context, of string, file *indexFile) error {
	if file.contents != nil || file.size == 0 {
		return nil
	}
	if file.size > s.bucket.limits.IndexBytes {
		return s.bucket.tooLargeIndex(file.key)
	}
	readers := &readers{scan: s, region: of + "_"}
	defer readers.abandon()
	if err := readers.open(ctx, file); err != nil {
		return err
	}
	err := s.bucket.list(ctx, readers.region, func(file object) error { return readers.advance(ctx, file) })
	if err != nil {
		return err
	}
	return readers.finish(ctx)
}

// scanElsewhere looks for named files that are not in the folder, at the keys that
// Agora's names state.
func (s *scan) scanElsewhere(ctx context.Context) error {
	lookups := 0
	for _, expected := range s.expected.missing() {
		for _, key := range expected.keys {
			if lookups >= maxLookups || expected.found || s.isListed(key) {
				continue
			}
			lookups++
			if err := s.scanFor(ctx, key); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *scan) isListed(key string) bool {
	return slices.ContainsFunc(s.listed, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

func (s *scan) scanFor(ctx context.Context, key string) error {
	folder, name := split(key)
	if belongs(name, s.recording.SID) {
		if err := s.listFolder(ctx, folder); err != nil {
			return err
		}
		return s.list(ctx, folder+moved.FindString(name)+s.recording.SID)
	}
	file, found, err := s.bucket.find(ctx, key)
	if err != nil || !found {
		return err
	}
	readers := &readers{scan: s, region: key, last: key}
	defer readers.abandon()
	if err := s.take(ctx, file, readers); err != nil {
		return err
	}
	return readers.finish(ctx)
}

// findOutOfOrder lists again for the slices that could not be compared.
func (s *scan) findOutOfOrder(ctx context.Context, counting map[string]*indexFile) error {
	if s.outOfOrder.count == 0 {
		return nil
	}
	for _, prefix := range s.listed {
		err := s.bucket.list(ctx, prefix, func(file object) error {
			of, _ := stemOfSlice(file.key)
			s.outOfOrder.found(file, counting[of])
			return nil
		})
		if err != nil {
			return err
		}
	}
	s.outOfOrder.finish()
	return nil
}

// conclude sums up the findings, in the order of the names.
func (s *scan) conclude(counting map[string]*indexFile) {
	for _, of := range slices.SortedFunc(maps.Keys(counting), cmp.Compare[string]) {
		s.expected.find(of + ".m3u8")
		s.add(of, counting)
	}
	for _, key := range slices.SortedFunc(maps.Keys(s.manifests), cmp.Compare[string]) {
		if !s.hasSlices(key) {
			s.miss(key)
		}
	}
	for _, expected := range s.expected.missing() {
		s.miss(expected.keys[0])
	}
	s.concludeMP4()
	s.finding.Files = slices.Compact(slices.Sorted(slices.Values(s.files)))
}

// concludeMP4 reports the expected MP4 file as missing, unless a named one is already
// missing or nothing of the recording was found.
func (s *scan) concludeMP4() {
	isMP4 := func(key string) bool { return classOf(key) == mp4 }
	named := slices.ContainsFunc(s.expected.missing(), func(expected *expectation) bool { return isMP4(expected.keys[0]) })
	if !s.recording.MP4 || s.finding.MP4s > 0 || named || s.emptyMP4 || (!s.finding.Found() && s.finding.Missing == 0) {
		return
	}
	s.finding.MP4Missing = true
	s.finding.Missing++
}

// add adds the findings of an index.
func (s *scan) add(of string, counting map[string]*indexFile) {
	file := counting[of]
	contents := file.contents
	if contents == nil || contents.gone {
		s.miss(file.key)
		return
	}
	s.finding.Indexes++
	s.files = append(s.files, file.key)
	if !s.isWhole(of, contents, counting) {
		s.miss(file.key)
	}
	s.finding.Slices += contents.slices
	s.finding.Bytes += file.size + contents.bytes
	s.finding.Playable += contents.playable
	s.missMore(contents.missing, contents.missingFiles)
	s.miss(s.missingChildren(of, contents, counting)...)
}
