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

// movedFile matches the names of a recorder's files after a move to another server. They
// begin with bak0_ after the first move, and Agora moves a recorder three times at most.
var movedFile = regexp.MustCompile(`^bak([0-9])_`)

// detectMigrations records how often the recorder was moved, as far as the names of its
// files or Agora's notifications show.
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

// knowsFilesOfLastMove reports whether a file is known from the server that the recorder
// was last moved to, if it was moved.
func knowsFilesOfLastMove(session *v1alpha1.SessionStatus) bool {
	detectMigrations(session)
	last := fmt.Sprintf("bak%d_", session.Migrations-1)
	return session.Migrations == 0 || slices.ContainsFunc(session.FileList, func(file v1alpha1.RecordedFile) bool {
		return strings.HasPrefix(path.Base(file.FileName), last)
	})
}
