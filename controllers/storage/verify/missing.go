// SPDX-License-Identifier: Apache-2.0

package verify

// maxMissingFiles is how many names of missing files a finding holds.
const maxMissingFiles = 20

// miss notes files that should be there.
func (s *scan) miss(keys ...string) {
	s.finding.Missing += len(keys)
	room := max(maxMissingFiles-len(s.finding.MissingFiles), 0)
	s.finding.MissingFiles = append(s.finding.MissingFiles, keys[:min(room, len(keys))]...)
}

// missMore notes files that should be there, of which only the first names are
// known.
func (s *scan) missMore(count int, first []string) {
	s.miss(first...)
	s.finding.Missing += count - len(first)
}
