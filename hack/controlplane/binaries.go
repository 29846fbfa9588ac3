// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// KubernetesVersion is the version that is built from source. A download takes the newest patch
// release of the same minor version, since not every patch release is published for download.
const KubernetesVersion = "1.37.2"

// AssetsVariable names the environment variable that points at a folder with the binaries.
const AssetsVariable = "KUBEBUILDER_ASSETS"

const (
	etcdBinary      = "etcd"
	apiServerBinary = "kube-apiserver"
	kubectlBinary   = "kubectl"
)

// binaryNames lists what the control plane needs, the quickest to build first.
func binaryNames() []string {
	return []string{etcdBinary, kubectlBinary, apiServerBinary}
}

// Binaries returns the folder that holds etcd, kube-apiserver and kubectl.
//
// The folder that KUBEBUILDER_ASSETS names is used where it is set. Otherwise the binaries are fetched
// once into the user's cache folder: downloaded, or where that is not possible built from their Go
// modules, which takes about ten minutes on two cores. Progress goes to standard error. Any number of
// processes may call it at once.
func Binaries(ctx context.Context) (string, error) {
	if dir := os.Getenv(AssetsVariable); dir != "" {
		return givenBinaries(dir)
	}
	dir, err := cacheDir()
	if err != nil {
		return "", err
	}
	return newStore(dir, os.Stderr).ensure(ctx)
}

// givenBinaries checks the folder that the user named; what is missing there is never fetched, or the
// tests would run against another version than the one asked for.
func givenBinaries(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("resolving %s: %w", AssetsVariable, err)
	}
	if missing := missingBinaries(dir); len(missing) > 0 {
		return "", fmt.Errorf("%s is set to %s, which lacks %s: set it to a folder that holds %s as executables, or unset it to have them fetched",
			AssetsVariable, dir, strings.Join(missing, ", "), strings.Join(binaryNames(), ", "))
	}
	return dir, nil
}

// missingBinaries returns the names that are not executable files in dir.
func missingBinaries(dir string) []string {
	var missing []string
	for _, name := range binaryNames() {
		if !isExecutable(filepath.Join(dir, name)) {
			missing = append(missing, name)
		}
	}
	return missing
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the user's cache folder: %w", err)
	}
	return filepath.Join(base, "cloudrecording-operator", "controlplane", KubernetesVersion), nil
}
