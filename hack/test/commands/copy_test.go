// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/command"
	"cloudrecording.dev/operator/hack/controlplane"
)

// root is the root folder of the repository.
const root = "../../.."

// newShell returns a shell in a fresh copy of the repository, with kubectl and helm.
func newShell(t *testing.T) *shell {
	t.Helper()
	g := NewWithT(t)
	s := &shell{folder: filepath.Join(t.TempDir(), "cloudrecording-operator"), scratch: t.TempDir()}
	g.Expect(copyRepository(t.Context(), s.folder)).To(Succeed())
	programs := t.TempDir()
	g.Expect(linkPrograms(programs)).To(Succeed())
	s.environment = []string{
		"PATH=" + programs + string(os.PathListSeparator) + os.Getenv("PATH"),
		"KUBECACHEDIR=" + filepath.Join(s.scratch, "kube"), "KUBECONFIG=" + filepath.Join(s.scratch, "none"),
		"HELM_CONFIG_HOME=" + filepath.Join(s.scratch, "helm"), "HELM_CACHE_HOME=" + filepath.Join(s.scratch, "helm"),
		"HELM_DATA_HOME=" + filepath.Join(s.scratch, "helm"),
		// Settings of Ginkgo or the race detector must not affect the reader's programs.
		"GOFLAGS=", "MAKEFLAGS=",
	}
	return s
}

// copyRepository copies the files that Git tracks or would track.
func copyRepository(ctx context.Context, folder string) error {
	list := exec.CommandContext(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	names, err := list.Output()
	if err != nil {
		return fmt.Errorf("list the files of the repository: %w", err)
	}
	for name := range bytes.SplitSeq(bytes.TrimSuffix(names, []byte{0}), []byte{0}) {
		if err := copyFile(filepath.Join(root, string(name)), filepath.Join(folder, string(name))); err != nil {
			return fmt.Errorf("copy the repository: %w", err)
		}
	}
	return nil
}

// copyFile copies a file with its mode. It ignores a deleted file whose deletion is not
// committed.
func copyFile(from, to string) error {
	info, err := os.Lstat(from)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	return os.WriteFile(to, content, info.Mode().Perm())
}

// linkPrograms links the programs that a reader has in addition to the usual ones into a
// folder.
func linkPrograms(folder string) error {
	paths, err := programPaths()
	if err != nil {
		return err
	}
	for name, path := range paths {
		if err := os.Symlink(path, filepath.Join(folder, name)); err != nil {
			return fmt.Errorf("link a program: %w", err)
		}
	}
	for _, program := range programs() {
		if err := os.WriteFile(filepath.Join(folder, program.name), []byte(program.script), 0o700); err != nil {
			return fmt.Errorf("write what stands in a program's place: %w", err)
		}
	}
	return nil
}

// programPaths returns the paths of the programs, which are built or fetched once.
var programPaths = sync.OnceValues(func() (map[string]string, error) {
	ctx := context.Background()
	repository, err := controlplane.ModuleRoot()
	if err != nil {
		return nil, err
	}
	assets, err := controlplane.GoCommand(ctx, repository, "run", "./hack/controlplane/cmd/controlplane", "assets").Output()
	if err != nil {
		return nil, fmt.Errorf("find kubectl: %w", err)
	}
	paths := map[string]string{"kubectl": filepath.Join(strings.TrimSpace(string(assets)), "kubectl")}
	for name, tool := range map[string]pinned{"helm": {"helm", "helm"}, "jq": {"tools", "gojq"}} {
		if paths[name], err = tool.path(ctx); err != nil {
			return nil, err
		}
	}
	return paths, nil
})

// pinned is a tool in a module in hack, which the go command builds once.
type pinned struct{ module, name string }

func (p pinned) path(ctx context.Context) (string, error) {
	root, err := controlplane.ModuleRoot()
	if err != nil {
		return "", err
	}
	build := controlplane.GoCommand(ctx, filepath.Join(root, "hack", p.module), "tool", "-n", p.name)
	build.Env = append(build.Env, "CGO_ENABLED=0")
	output, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build %s: %w: %s", p.name, err, output)
	}
	return strings.TrimSpace(string(output)), nil
}

func TestMain(m *testing.M) {
	if os.Getenv("STAND_IN") != "" {
		if err := standIn(os.Args[1:]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	command.SilenceLibraries()
	code := m.Run()
	for _, folder := range removeAtEnd {
		if err := os.RemoveAll(folder); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}
