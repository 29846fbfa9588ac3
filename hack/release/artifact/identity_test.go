// SPDX-License-Identifier: Apache-2.0

package artifact

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// released is the identity of a release in tests.
var released = Identity{
	Version: "v1.2.3", Repository: "registry.example.com/team/operator", SourceURL: "https://example.com/source",
	Commit: "0123456789abcdef0123456789abcdef01234567", Time: time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC),
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version, repository string
		problem             string
	}{
		"a release":                   {"v0.1.0", "registry.example.com/operator", ""},
		"a candidate":                 {"v0.1.0-rc.1", "registry.example.com/operator", ""},
		"a registry of this machine":  {"v0.1.0", "localhost/operator", ""},
		"a registry at a port":        {"v0.1.0", "registry:5000/operator", ""},
		"no version":                  {"", "registry.example.com/operator", "the version must be such as"},
		"a version without a v":       {"0.1.0", "registry.example.com/operator", "the version must be such as"},
		"a version that is cut short": {"v0.1", "registry.example.com/operator", "the version must be such as"},
		"a version with metadata":     {"v0.1.0+build", "registry.example.com/operator", "the version must be such as"},
		"a commit":                    {"461729d", "registry.example.com/operator", "the version must be such as"},
		"no repository":               {"v0.1.0", "", "the image's name"},
		"a repository with a tag":     {"v0.1.0", "registry.example.com/operator:v1", "the image's name"},
		"a repository without a host": {"v0.1.0", "team/operator", "the image's name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := Identity{Version: c.version, Repository: c.repository}.Validate()
			if c.problem == "" {
				NewWithT(t).Expect(err).NotTo(HaveOccurred())
				return
			}
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(c.problem)))
		})
	}
}
