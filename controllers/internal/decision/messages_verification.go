// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"
	"strings"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
)

// namesInMessage is how many names of missing files a message contains. The status holds
// more.
const namesInMessage = 3

func verifiedMessage(v *v1alpha1.StorageVerification) string {
	return fmt.Sprintf("All files were found in %s: %s.", v.Location, contents(v))
}

// missingMessage says what is missing. The MP4 file that the start asked for is mentioned
// separately, because its name is unknown.
func missingMessage(v *v1alpha1.StorageVerification, isMP4Missing bool) string {
	named := v.Missing
	if isMP4Missing {
		named--
	}
	var sentences []string
	if named > 0 {
		names := strings.Join(v.MissingFiles[:min(namesInMessage, len(v.MissingFiles))], ", ")
		if int(named) > namesInMessage {
			names += ", …"
		}
		sentences = append(sentences, fmt.Sprintf("In %s %s missing, empty, not finished or without a slice: %s.", v.Location, plural(named, "file is", "files are"), names))
	}
	if isMP4Missing {
		sentences = append(sentences, fmt.Sprintf("In %s there is no MP4 file, and spec.start asked for one.", v.Location))
	}
	if v.Indexes+v.MP4s+v.Screenshots > 0 {
		sentences = append(sentences, fmt.Sprintf("The rest is there: %s.", contents(v)))
	}
	return strings.Join(sentences, " ")
}

func noFilesMessage(recording *v1alpha1.CloudRecording, v *v1alpha1.StorageVerification) string {
	return fmt.Sprintf("In %s there is no file whose name contains %s. If none arrives, check spec.storage against what the recording was started with.",
		v.Location, lifecycle.IdentityOf(recording).SID)
}

func stillArrivingMessage(v *v1alpha1.StorageVerification, settings Settings) string {
	return fmt.Sprintf("All files found in %s are complete: %s. Agora has not stated which files there are to be, so they count once nothing has changed for %s.",
		v.Location, contents(v), settings.UploadSettleTime)
}

// contents says what was found.
func contents(v *v1alpha1.StorageVerification) string {
	var parts []string
	add := func(n int32, one, many string) {
		if n > 0 {
			parts = append(parts, plural(n, one, many))
		}
	}
	add(v.Indexes, "index", "indexes")
	if v.Slices > 0 {
		playable := time.Duration(v.PlayableSeconds) * time.Second
		parts = append(parts, fmt.Sprintf("%s of %s in all", plural(v.Slices, "slice", "slices"), playable))
	}
	add(v.MP4s, "MP4 file", "MP4 files")
	add(v.Screenshots, "screenshot", "screenshots")
	return strings.Join(parts, ", ")
}

func plural(n int32, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
