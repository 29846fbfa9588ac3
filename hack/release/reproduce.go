// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"cloudrecording.dev/operator/hack/release/artifact"
)

// reproduce builds the release again, in another folder and with an empty build cache, and
// compares the files.
func (r release) reproduce(ctx context.Context, files []artifact.File) error {
	r.say("Building everything once more, to compare.")
	cache, err := os.MkdirTemp("", "release-cache-")
	if err != nil {
		return fmt.Errorf("make a folder for Go's build cache: %w", err)
	}
	defer func() { _ = os.RemoveAll(cache) }()
	again, err := r.build(ctx, cache)
	if err != nil {
		return err
	}
	if differ := differences(files, again); len(differ) > 0 {
		return fmt.Errorf("building twice does not make the same bytes of %s", strings.Join(differ, ", "))
	}
	r.say("Both builds are the same.")
	return nil
}

// differences returns the names of the files that differ, or that exist only once.
func differences(a, b []artifact.File) []string {
	found := map[string]bool{}
	for _, pair := range [][2][]artifact.File{{a, b}, {b, a}} {
		for _, file := range pair[0] {
			same := slices.ContainsFunc(pair[1], func(other artifact.File) bool {
				return other.Path == file.Path && other.Mode == file.Mode && bytes.Equal(other.Content, file.Content)
			})
			if !same {
				found[file.Path] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}
