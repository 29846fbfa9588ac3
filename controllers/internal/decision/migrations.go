// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// movedFile is the name of a file of a recorder that was moved to another server:
// those of the first move are named bak0_, and Agora moves one three times at the
// most.
var movedFile = regexp.MustCompile(`^bak([0-9])_`)

// detectMigrations keeps how often the recorder was moved, as far as the names of
// its files or Agora's notifications tell.
func detectMigrations(session *v1alpha1.SessionStatus) {
	if session.Failover != nil {
		session.Migrations = max(session.Migrations, 1)
	}
	for _, file := range session.FileList {
		match := movedFile.FindStringSubmatch(path.Base(file.FileName))
		if match == nil {
			continue
		}
		if index, err := strconv.ParseInt(match[1], 10, 32); err == nil {
			session.Migrations = max(session.Migrations, int32(index)+1)
		}
	}
}

// knowsFilesOfLastMove says whether a file is known of the server that the recorder
// was moved to last, if it was moved.
func knowsFilesOfLastMove(session *v1alpha1.SessionStatus) bool {
	detectMigrations(session)
	last := fmt.Sprintf("bak%d_", session.Migrations-1)
	return session.Migrations == 0 || slices.ContainsFunc(session.FileList, func(file v1alpha1.RecordedFile) bool {
		return strings.HasPrefix(path.Base(file.FileName), last)
	})
}
