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
	// Version is a semantic version with the prefix v, such as v0.1.0. It is also the image's
	// tag.
	Version string
	// Repository is the image's name without a tag.
	Repository string
	// SourceURL is the URL of the source code. It may be empty.
	SourceURL string
	// Commit is the released commit, and Time is its time. All timestamps in a release are that
	// time.
	Commit string
	Time   time.Time
}

// Validate returns an error for an invalid version or repository.
func (i Identity) Validate() error {
	// A tag cannot contain the + of build metadata.
	if semver.Canonical(i.Version) != i.Version || i.Version == "" {
		return fmt.Errorf("the version must be such as v0.1.0 or v0.1.0-rc.1, and is %q", i.Version)
	}
	// Without a registry host, each tool would add a different one.
	if _, err := name.NewTag(i.Image(), name.StrictValidation); err != nil {
		return fmt.Errorf("the image's name: %w", err)
	}
	return nil
}

// Image returns the name of the image with its tag.
func (i Identity) Image() string { return i.Repository + ":" + i.Version }

// ChartVersion returns the version in Helm's form.
func (i Identity) ChartVersion() string { return strings.TrimPrefix(i.Version, "v") }
