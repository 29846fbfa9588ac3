// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"path"
	"regexp"
	"strconv"
	"strings"
)

// class is the type of a file according to its extension.
type class int

const (
	other class = iota
	index
	manifest
	mp4
	screenshot
	slice
)

func classOf(key string) class {
	switch path.Ext(key) {
	case ".m3u8":
		return index
	case ".mpd":
		return manifest
	case ".mp4":
		return mp4
	case ".jpg":
		return screenshot
	case ".ts", ".webm":
		return slice
	}
	return other
}

var (
	// moved matches the prefix that a recorder adds after a move to another server.
	moved = regexp.MustCompile(`^bak\d+_`)

	// backupTail matches the key of a backup copy: the name of the index that it
	// replaces, and a suffix.
	backupTail = regexp.MustCompile(`^(.+)_\d+_(\d{1,18})\.m3u8$`)

	// sliceTail matches the key of a slice: the name of its index, and a time. The time
	// has 17 digits of a date, or in mode web 13 digits of milliseconds since 1970.
	sliceTail = regexp.MustCompile(`^(.+)_(\d{17}|\d{13})\.(ts|webm)$`)

	// trackTail matches the end of an index name in individual mode.
	trackTail = regexp.MustCompile(`__uid_s_\d+__uid_e_(audio|video|av)$`)

	// mergedTail matches the end of the name of an index that names the indexes of a
	// user's tracks. Such indexes exist in individual mode with streamMode standard.
	mergedTail = regexp.MustCompile(`__uid_s_\d+__uid_e_av$`)
)

// moves returns the prefixes that Agora documents for moved recorders.
func moves() []string {
	return []string{"bak0_", "bak1_", "bak2_"}
}

// split returns the folder of a key, including its slash, and the name in the folder.
func split(key string) (folder, name string) {
	return path.Split(key)
}

// belongs reports whether a file name belongs to the recording with this SID. Names are
// never derived from the channel, because Agora replaces some of its characters.
func belongs(name, sid string) bool {
	rest, found := strings.CutPrefix(moved.ReplaceAllString(name, ""), sid)
	return found && (rest == "" || rest[0] == '_' || rest[0] == '.')
}

// stem returns the key of an index without its extension.
func stem(key string) string {
	return strings.TrimSuffix(key, path.Ext(key))
}

// isMerged reports whether the index with this stem names the indexes of a user's tracks
// rather than slices.
func isMerged(stem string) bool {
	return mergedTail.MatchString(stem)
}

// tracksOf returns the common prefix of the stems of the tracks that an index or a
// manifest combines.
func tracksOf(stem string) string {
	if isMerged(stem) {
		return strings.TrimSuffix(stem, "av")
	}
	return stem
}

// backupOf returns the stem of the index that the key would replace if it were a backup
// copy, and the number of the copy. The highest number is the newest.
func backupOf(key string) (stem string, number uint64, ok bool) {
	match := backupTail.FindStringSubmatch(key)
	if match == nil {
		return "", 0, false
	}
	number, err := strconv.ParseUint(match[2], 10, 64)
	return match[1], number, err == nil
}

// stemOfSlice returns the stem of the index that a slice belongs to.
func stemOfSlice(key string) (string, bool) {
	match := sliceTail.FindStringSubmatch(key)
	if match == nil {
		return "", false
	}
	return match[1], true
}
