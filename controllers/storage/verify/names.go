// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"path"
	"regexp"
	"strconv"
	"strings"
)

// class is what a file is by the end of its name.
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
	// moved is what a recorder that was moved to another server puts in front.
	moved = regexp.MustCompile(`^bak\d+_`)

	// backupTail is what an index that came from Agora's backup has behind the
	// name of the one that it stands for.
	backupTail = regexp.MustCompile(`^(.+)_\d+_(\d{1,18})\.m3u8$`)

	// sliceTail is the time behind the name of the index that a slice belongs to:
	// 17 digits of a date, or in mode web 13 of milliseconds since 1970.
	sliceTail = regexp.MustCompile(`^(.+)_(\d{17}|\d{13})\.(ts|webm)$`)

	// trackTail is how the name of an index ends in individual mode.
	trackTail = regexp.MustCompile(`__uid_s_\d+__uid_e_(audio|video|av)$`)

	// mergedTail is how the name of an index ends that names the indexes of a
	// user's tracks, in individual mode with the streamMode standard.
	mergedTail = regexp.MustCompile(`__uid_s_\d+__uid_e_av$`)
)

// moves are the marks of the moves that Agora documents.
func moves() []string {
	return []string{"bak0_", "bak1_", "bak2_"}
}

// split returns the folder of a key, with its slash, and the name in it.
func split(key string) (folder, name string) {
	return path.Split(key)
}

// belongs reports whether a name is one of the recording with the SID. Names
// are never built from the channel: Agora replaces characters of it.
func belongs(name, sid string) bool {
	rest, found := strings.CutPrefix(moved.ReplaceAllString(name, ""), sid)
	return found && (rest == "" || rest[0] == '_' || rest[0] == '.')
}

// stem returns the key of an index without its ending.
func stem(key string) string {
	return strings.TrimSuffix(key, path.Ext(key))
}

// isMerged reports whether the index of a stem names the indexes of a user's tracks
// rather than slices.
func isMerged(stem string) bool {
	return mergedTail.MatchString(stem)
}

// tracksOf returns what the stems of the tracks begin with that an index or a
// manifest is made of.
func tracksOf(stem string) string {
	if isMerged(stem) {
		return strings.TrimSuffix(stem, "av")
	}
	return stem
}

// backupOf returns which index the key would stand for if it came from Agora's
// backup, and its number there: the highest is the newest.
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
