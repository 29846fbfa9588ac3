// SPDX-License-Identifier: Apache-2.0

package objectstore

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"cloudrecording.dev/operator/hack/controlplane"
)

// cacheDir returns the cache folder. It creates the folder if necessary.
func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the user's cache folder: %w", err)
	}
	dir := filepath.Join(base, "cloudrecording-operator", "objectstore")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("creating the cache folder: %w", err)
	}
	return dir, nil
}

// lockCache prevents other processes from fetching the same program at the same time.
func lockCache(ctx context.Context, program string, progress io.Writer) (unlock func() error, err error) {
	dir, err := cacheDir()
	if err != nil {
		return nil, err
	}
	unlock, err = controlplane.LockFile(ctx, filepath.Join(dir, program+".lock"), progress)
	if err != nil {
		return nil, fmt.Errorf("locking the cache folder: %w", err)
	}
	return unlock, nil
}
