// SPDX-License-Identifier: Apache-2.0

// Notices writes the licenses and notices of all modules that are linked into the operator, and
// of Go's standard library. It reads them from the module cache, and fails if a module has no
// license.
//
//	go run ./hack/notices [--platform linux/amd64] [package] >THIRD_PARTY_NOTICES
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

func main() {
	platform := flag.String("platform", runtime.GOOS+"/"+runtime.GOARCH, "operating system and architecture of the program")
	flag.Parse()
	program := "."
	if flag.NArg() > 0 {
		program = flag.Arg(0)
	}
	output := bufio.NewWriter(os.Stdout)
	if err := errors.Join(write(context.Background(), output, program, *platform), output.Flush()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// module is a module with the folder of its source.
type module struct {
	name string
	dir  string
	// packages are the folders of the linked packages.
	packages []string
}

// write writes the notices of a program.
func write(ctx context.Context, output io.Writer, program, platform string) error {
	modules, err := linkedModules(ctx, program, platform)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(output, "This program contains the following software, under the licenses given with each."); err != nil {
		return err
	}
	for _, module := range modules {
		if err := module.write(output); err != nil {
			return err
		}
	}
	return nil
}

// write writes a module's licenses and notices.
func (m module) write(output io.Writer) error {
	files, err := m.notices()
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(output, "\n%s\n%s\n", strings.Repeat("=", 80), m.name); err != nil {
		return err
	}
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(m.dir, file))
		if err != nil {
			return fmt.Errorf("read a license of %s: %w", m.name, err)
		}
		if _, err := fmt.Fprintf(output, "%s\n%s:\n\n%s\n", strings.Repeat("-", 80), filepath.ToSlash(file), bytes.TrimSpace(content)); err != nil {
			return err
		}
	}
	return nil
}

var (
	licenseName = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying)([-._].*)?$`)
	noticeName  = regexp.MustCompile(`(?i)^(notice|patents|third[-_]party[-_]notices?)([-._].*)?$`)
	sourceName  = regexp.MustCompile(`\.(go|s|sh|py)$`)
)

// notices returns the paths of a module's licenses and notices: those in its root, and those in
// the folders above each linked package.
func (m module) notices() ([]string, error) {
	var files []string
	licensed := false
	for _, dir := range m.folders() {
		entries, err := os.ReadDir(filepath.Join(m.dir, dir))
		if err != nil {
			return nil, fmt.Errorf("look for the licenses of %s: %w", m.name, err)
		}
		for _, entry := range entries {
			isLicense := licenseName.MatchString(entry.Name())
			if entry.IsDir() || sourceName.MatchString(entry.Name()) || (!isLicense && !noticeName.MatchString(entry.Name())) {
				continue
			}
			licensed = licensed || isLicense
			files = append(files, filepath.Join(dir, entry.Name()))
		}
	}
	if !licensed {
		return nil, fmt.Errorf("%s has no license in %s", m.name, m.dir)
	}
	return files, nil
}

// folders returns the root of the module, and the folder of each package with its parents.
func (m module) folders() []string {
	folders := []string{"."}
	for _, dir := range m.packages {
		relative, err := filepath.Rel(m.dir, dir)
		if err != nil || !filepath.IsLocal(relative) {
			continue
		}
		for ; relative != "."; relative = filepath.Dir(relative) {
			folders = append(folders, relative)
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}

// listedPackage is the output of go list for a package.
type listedPackage struct {
	Dir      string
	Standard bool
	Module   *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// linkedModules returns the modules of a program and the standard library, sorted by name.
func linkedModules(ctx context.Context, program, platform string) ([]module, error) {
	system, architecture, ok := strings.Cut(platform, "/")
	if !ok {
		return nil, fmt.Errorf("--platform must be such as linux/amd64, and is %q", platform)
	}
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Dir,Standard,Module", program)
	list.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+architecture)
	list.Stderr = os.Stderr
	listed, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list the packages of the program: %w", err)
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT", "GOVERSION").Output()
	if err != nil {
		return nil, fmt.Errorf("find the standard library: %w", err)
	}
	goroot, version, _ := strings.Cut(strings.TrimSpace(string(root)), "\n")
	standard := module{name: "Go's standard library " + version, dir: goroot}

	byName := map[string]*module{}
	for decoder := json.NewDecoder(bytes.NewReader(listed)); ; {
		var p listedPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read the packages of the program: %w", err)
		}
		if p.Standard || p.Module == nil || p.Module.Main {
			continue
		}
		name, dir := p.Module.Path+" "+p.Module.Version, p.Module.Dir
		if byName[name] == nil {
			byName[name] = &module{name: name, dir: dir}
		}
		byName[name].packages = append(byName[name].packages, p.Dir)
	}
	modules := []module{standard}
	for _, module := range byName {
		modules = append(modules, *module)
	}
	slices.SortFunc(modules, func(a, b module) int { return strings.Compare(a.name, b.name) })
	return modules, nil
}
