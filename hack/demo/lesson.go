// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

const (
	// lessonBegins and lessonLasts define the window of the lesson.
	lessonBegins = 6 * time.Second
	lessonLasts  = 10 * time.Second
)

// window matches the window in the manifest of the lesson.
var window = regexp.MustCompile(`window: \{.*\}`)

// applyLesson applies the sample of a lesson with a current window, and shows it.
func applyLesson(ctx context.Context, d *demo) error {
	sample, err := os.ReadFile(filepath.Join(samples, "lesson.yaml"))
	if err != nil {
		return fmt.Errorf("read the sample: %w", err)
	}
	begins := time.Now().Add(lessonBegins)
	today := fmt.Sprintf("window: {start: %s, end: %s}", begins.Format(time.RFC3339), begins.Add(lessonLasts).Format(time.RFC3339))
	return applyShown(ctx, d, "lesson.yaml", window.ReplaceAll(sample, []byte(today)))
}

// applyShown applies a manifest and shows it.
func applyShown(ctx context.Context, d *demo, name string, manifest []byte) error {
	file := filepath.Join(filepath.Dir(d.log), name)
	if err := os.WriteFile(file, manifest, 0o600); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	fmt.Printf("\n%s", manifest)
	return show("apply", "-f", file)(ctx, d)
}
