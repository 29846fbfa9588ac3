// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"

	"cloudrecording.dev/operator/hack/release/artifact"
)

const (
	checksumsFile = "checksums.txt"
	licenseFile   = "LICENSE"
	noticesFile   = "THIRD_PARTY_NOTICES"
)

// release is the configuration of a release.
type release struct {
	identity artifact.Identity
	// repository is the folder of the Git repository.
	repository string
	programs   []program
	kustomize  string
	log        io.Writer
}

// run builds the release and writes it to a folder. If reproduce is set, it builds everything
// again first, and fails if anything differs.
func (r release) run(ctx context.Context, output string, reproduce bool) error {
	if err := claim(output); err != nil {
		return err
	}
	files, err := r.build(ctx, "")
	if err != nil {
		return err
	}
	if reproduce {
		if err := r.reproduce(ctx, files); err != nil {
			return err
		}
	}
	for _, file := range files {
		if err := os.WriteFile(filepath.Join(output, file.Path), file.Content, file.Mode); err != nil {
			return fmt.Errorf("write %s: %w", file.Path, err)
		}
		r.say("%s", filepath.Join(output, file.Path))
	}
	return nil
}

// claim creates the output folder. The folder must be empty, because the files of another
// release would be mistaken for files of this one.
func claim(output string) error {
	if output == "" {
		return errors.New("--output must name a folder")
	}
	if err := os.MkdirAll(output, 0o755); err != nil { //nolint:gosec // what is in it is to be published
		return fmt.Errorf("make the folder for what is built: %w", err)
	}
	entries, err := os.ReadDir(output)
	if err != nil {
		return fmt.Errorf("look into the folder for what is built: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty: remove it, or name another folder", output)
	}
	return nil
}

// build returns the files of the release. It builds them from a new export of the source.
func (r release) build(ctx context.Context, cache string) ([]artifact.File, error) {
	source, err := os.MkdirTemp("", "release-source-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the source: %w", err)
	}
	defer func() { _ = os.RemoveAll(source) }()
	if err := export(ctx, r.repository, r.identity.Commit, source); err != nil {
		return nil, err
	}
	b := build{release: r, source: source, cache: cache}
	for _, step := range []func(context.Context) error{b.addPrograms, b.addImage, b.addChart, b.addManifests} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	b.add(checksumsFile, artifact.Checksums(b.files))
	return b.files, nil
}

func (r release) say(format string, arguments ...any) {
	_, _ = fmt.Fprintf(r.log, format+"\n", arguments...)
}

// build is a release in progress.
type build struct {
	release
	source string
	// cache is the folder of Go's build cache. An empty one selects the default.
	cache string
	// image are the programs in the image. digest is the image's digest.
	image  []artifact.Program
	digest string
	files  []artifact.File
}

func (b *build) add(name string, content []byte) {
	b.files = append(b.files, artifact.File{Path: name, Mode: artifact.Readable, Content: content})
}

// addPrograms builds each program for each platform, and lists the software in it.
func (b *build) addPrograms(ctx context.Context) error {
	for _, program := range b.programs {
		for _, platform := range program.platforms {
			b.say("Building %s for %s.", program.name, platform)
			built, err := b.compile(ctx, program, platform)
			if err != nil {
				return err
			}
			if err := b.addProgram(program, built); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *build) compile(ctx context.Context, p program, platform artifact.Platform) (artifact.Program, error) {
	binary, err := p.compile(ctx, b.source, b.identity.Version, b.cache, platform)
	if err != nil {
		return artifact.Program{}, err
	}
	license, err := os.ReadFile(filepath.Join(b.source, licenseFile))
	if err != nil {
		return artifact.Program{}, fmt.Errorf("read the license: %w", err)
	}
	notices, err := p.notices(ctx, b.source, platform)
	if err != nil {
		return artifact.Program{}, err
	}
	return artifact.Program{Platform: platform, Binary: binary, Notices: []artifact.File{
		{Path: licenseFile, Mode: artifact.Readable, Content: license},
		{Path: noticesFile, Mode: artifact.Readable, Content: notices},
	}}, nil
}

// addProgram adds the list of software in a program. It adds the program to the image, or adds
// its archive.
func (b *build) addProgram(p program, built artifact.Program) error {
	base := fmt.Sprintf("%s_%s_%s_%s", p.name, b.identity.Version, built.Platform.OS, built.Platform.Architecture)
	var beside []debug.Module
	if p.inImage {
		roots, err := artifact.RootsModule()
		if err != nil {
			return err
		}
		beside = append(beside, roots)
		b.image = append(b.image, built)
	} else {
		archive, err := artifact.Archive(append([]artifact.File{built.Binary}, built.Notices...), b.identity.Time)
		if err != nil {
			return fmt.Errorf("make the archive %s: %w", base, err)
		}
		b.add(base+".tar.gz", archive)
	}
	bill, err := artifact.SoftwareBill(b.identity, p.name, built.Platform, built.Binary, beside...)
	if err != nil {
		return err
	}
	b.add(base+".spdx.json", bill)
	return nil
}

// addImage adds the image and records its digest.
func (b *build) addImage(context.Context) error {
	name, err := b.imageName()
	if err != nil {
		return err
	}
	roots, err := artifact.Roots()
	if err != nil {
		return err
	}
	programs := slices.Clone(b.image)
	for i, program := range programs {
		programs[i].Notices = within("licenses", program.Notices)
	}
	index, err := artifact.Index(b.identity, name, programs, roots)
	if err != nil {
		return err
	}
	digest, err := index.Digest()
	if err != nil {
		return fmt.Errorf("find the digest of the image: %w", err)
	}
	b.digest = digest.String()
	layout, err := imageLayout(index, b.identity)
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("%s_%s_image.tar", name, b.identity.Version), layout)
	return nil
}

// imageName returns the name of the program in the image.
func (b *build) imageName() (string, error) {
	inImage := slices.DeleteFunc(slices.Clone(b.programs), func(p program) bool { return !p.inImage })
	if len(inImage) != 1 {
		return "", fmt.Errorf("one program must be in the image, and there are %d", len(inImage))
	}
	return inImage[0].name, nil
}

// within moves files into a folder.
func within(folder string, files []artifact.File) []artifact.File {
	moved := slices.Clone(files)
	for i, file := range moved {
		moved[i].Path = folder + "/" + file.Path
	}
	return moved
}

func (b *build) addChart(context.Context) error {
	name, err := b.imageName()
	if err != nil {
		return err
	}
	chart, err := artifact.Chart(os.DirFS(filepath.Join(b.source, "config", "chart")), name, b.identity)
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("%s-%s.tgz", name, b.identity.ChartVersion()), chart)
	return nil
}

// addManifests adds the manifests for `kubectl apply`. They identify the image by its digest,
// so that moving the tag cannot change the image.
func (b *build) addManifests(ctx context.Context) error {
	output := filepath.Join(b.source, "dist", "install.yaml")
	installer := exec.CommandContext(ctx, filepath.Join(b.source, "hack", "installer.sh"), b.identity.Image()+"@"+b.digest, output)
	installer.Env = append(os.Environ(), "KUSTOMIZE="+b.kustomize+" build")
	if _, err := run(installer); err != nil {
		return fmt.Errorf("render the manifests: %w", err)
	}
	manifests, err := os.ReadFile(output)
	if err != nil {
		return fmt.Errorf("read the manifests: %w", err)
	}
	b.add("install.yaml", manifests)
	return nil
}
