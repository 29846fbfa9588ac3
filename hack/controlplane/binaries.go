// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// AssetsVariable is the environment variable with the path of a folder with the binaries.
const AssetsVariable = "KUBEBUILDER_ASSETS"

const (
	etcdBinary      = "etcd"
	apiServerBinary = "kube-apiserver"
	kubectlBinary   = "kubectl"
)

// binaryNames lists the binaries of the control plane. Those that build fastest come first.
func binaryNames() []string {
	return []string{etcdBinary, kubectlBinary, apiServerBinary}
}

// Binaries returns a folder with etcd, kube-apiserver and kubectl of a version of Kubernetes,
// such as 1.32. An empty version selects the newest one.
//
// If KUBEBUILDER_ASSETS is set, it returns that folder, which must contain the given version.
// Otherwise it fetches the binaries once into the user's cache folder. It downloads them, or
// builds them from their Go modules if that is not possible, which takes about ten minutes on
// two cores. It writes progress to standard error. Several processes may call it at the same
// time.
func Binaries(ctx context.Context, kubernetes string) (string, error) {
	release, err := releaseOf(kubernetes)
	if err != nil {
		return "", err
	}
	if dir := os.Getenv(AssetsVariable); dir != "" {
		return givenBinaries(ctx, dir, kubernetes)
	}
	dir, err := cacheDir(release)
	if err != nil {
		return "", err
	}
	return newStore(dir, release, os.Stderr).ensure(ctx)
}

// givenBinaries checks the folder that the user selected. Missing binaries are never fetched,
// because the tests would then run with a different version than the user asked for.
func givenBinaries(ctx context.Context, dir, kubernetes string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("resolving %s: %w", AssetsVariable, err)
	}
	if missing := missingBinaries(dir); len(missing) > 0 {
		return "", fmt.Errorf("%s is set to %s, which lacks %s: set it to a folder that holds %s as executables, or unset it to have them fetched",
			AssetsVariable, dir, strings.Join(missing, ", "), strings.Join(binaryNames(), ", "))
	}
	if kubernetes == "" {
		return dir, nil
	}
	return dir, checkVersion(ctx, dir, kubernetes)
}

// checkVersion checks the version of the API server in a folder.
func checkVersion(ctx context.Context, dir, kubernetes string) error {
	output, err := exec.CommandContext(ctx, filepath.Join(dir, apiServerBinary), "--version").Output() //nolint:gosec // whoever names the folder has its programs run
	if err != nil {
		return fmt.Errorf("asking the API server in %s for its version: %w", dir, err)
	}
	version := strings.TrimPrefix(strings.TrimSpace(string(output)), "Kubernetes v")
	if version != kubernetes && minorOf(version) != kubernetes {
		return fmt.Errorf("%s is set to %s, which holds Kubernetes %s rather than %s: set it to another folder, or unset it to have Kubernetes %s fetched",
			AssetsVariable, dir, version, kubernetes, kubernetes)
	}
	return nil
}

// missingBinaries returns the names of the binaries that are not executable files in dir.
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

func cacheDir(release string) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the user's cache folder: %w", err)
	}
	return filepath.Join(base, "cloudrecording-operator", "controlplane", release), nil
}
