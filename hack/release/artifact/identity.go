// SPDX-License-Identifier: Apache-2.0

package artifact

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/mod/semver"
)

// Identity is what all parts of a release have in common.
type Identity struct {
	// Version is a semantic version with a v before it, such as v0.1.0. It is also the image's tag.
	Version string
	// Repository is where nodes find the image, without a tag.
	Repository string
	// SourceURL is where people find the source. It may be empty.
	SourceURL string
	// Commit is what is released, and Time when it was made: whatever has a time has this one.
	Commit string
	Time   time.Time
}

// Validate says what is wrong with a version or a repository that somebody has chosen.
func (i Identity) Validate() error {
	// A tag cannot hold the + of build metadata.
	if semver.Canonical(i.Version) != i.Version || i.Version == "" {
		return fmt.Errorf("the version must be such as v0.1.0 or v0.1.0-rc.1, and is %q", i.Version)
	}
	// Without the host of a registry, each tool puts another one before the name.
	if _, err := name.NewTag(i.Image(), name.StrictValidation); err != nil {
		return fmt.Errorf("the image's name: %w", err)
	}
	return nil
}

// Image returns the name of the image, with its tag.
func (i Identity) Image() string { return i.Repository + ":" + i.Version }

// ChartVersion returns the version as Helm has it.
func (i Identity) ChartVersion() string { return strings.TrimPrefix(i.Version, "v") }
