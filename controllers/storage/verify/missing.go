// SPDX-License-Identifier: Apache-2.0

package verify

// maxMissingFiles limits the names of missing files in a finding.
const maxMissingFiles = 20

// miss records missing files.
func (s *scan) miss(keys ...string) {
	s.finding.Missing += len(keys)
	room := max(maxMissingFiles-len(s.finding.MissingFiles), 0)
	s.finding.MissingFiles = append(s.finding.MissingFiles, keys[:min(room, len(keys))]...)
}

// missMore records missing files of which only the first names are known.
func (s *scan) missMore(count int, first []string) {
	s.miss(first...)
	s.finding.Missing += count - len(first)
}
