// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/hack/chart/conversion"
)

// certified is an overlay of config/default with a certificate from cert-manager.
const certified = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- %[1]s/default
components:
- %[1]s/certmanager
`

// read builds the kustomizations, and reads the files that are in none.
func read(ctx context.Context, kustomize []string, config string) (conversion.Sources, error) {
	var sources conversion.Sources
	overlay, err := newOverlay(config)
	if err != nil {
		return sources, err
	}
	defer func() { _ = os.RemoveAll(overlay) }()
	for folder, objects := range map[string]*[]conversion.Object{
		filepath.Join(config, "default"):       &sources.Default,
		filepath.Join(config, "notifications"): &sources.Notifications,
		filepath.Join(config, "namespaced"):    &sources.Namespaced,
		filepath.Join(config, "prometheus"):    &sources.Monitoring,
		overlay:                                &sources.Certified,
	} {
		if *objects, err = build(ctx, kustomize, folder); err != nil {
			return sources, err
		}
	}
	if sources.Ingress, err = readObject(filepath.Join(config, "notifications", "ingress.yaml")); err != nil {
		return sources, err
	}
	sources.Rules, err = readObject(filepath.Join(config, "prometheus", "rules.yaml"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return sources, err
	}
	sources.Dashboards, err = readDashboards(filepath.Join(config, "grafana"))
	return sources, err
}

// newOverlay writes the overlay with a certificate to a temporary folder.
func newOverlay(config string) (string, error) {
	folder, err := os.MkdirTemp("", "chart-")
	if err != nil {
		return "", fmt.Errorf("make a folder for an overlay: %w", err)
	}
	base, err := relative(folder, config)
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(folder))
	}
	text := fmt.Sprintf(certified, filepath.ToSlash(base))
	if err := os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(text), 0o600); err != nil {
		return "", errors.Join(fmt.Errorf("write an overlay: %w", err), os.RemoveAll(folder))
	}
	return folder, nil
}

// relative returns the relative path from one folder to another, because kustomize accepts no
// absolute paths. It resolves symbolic links first, as kustomize does.
func relative(from, to string) (string, error) {
	var resolved []string
	for _, folder := range []string{from, to} {
		absolute, err := filepath.Abs(folder)
		if err == nil {
			absolute, err = filepath.EvalSymlinks(absolute)
		}
		if err != nil {
			return "", fmt.Errorf("find the folder %s: %w", folder, err)
		}
		resolved = append(resolved, absolute)
	}
	path, err := filepath.Rel(resolved[0], resolved[1])
	if err != nil {
		return "", fmt.Errorf("find the way to the folder %s: %w", to, err)
	}
	return path, nil
}

// build returns the objects that kustomize builds from a folder.
func build(ctx context.Context, kustomize []string, folder string) ([]conversion.Object, error) {
	command := exec.CommandContext(ctx, kustomize[0], append(slices.Clone(kustomize[1:]), "build", folder)...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("build %s: %w: %s", folder, err, stderr.String())
	}
	objects, err := decode(output)
	if err != nil {
		return nil, fmt.Errorf("read what kustomize builds of %s: %w", folder, err)
	}
	return objects, nil
}

func decode(documents []byte) ([]conversion.Object, error) {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(documents)))
	var objects []conversion.Object
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		var object conversion.Object
		if err := yaml.Unmarshal(document, &object); err != nil {
			return nil, err
		}
		if object != nil {
			objects = append(objects, object)
		}
	}
}

// readObject returns the single object in a file.
func readObject(file string) (conversion.Object, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read a manifest: %w", err)
	}
	objects, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if len(objects) != 1 {
		return nil, fmt.Errorf("%s holds %d objects, where one was expected", file, len(objects))
	}
	return objects[0], nil
}

func readDashboards(folder string) (map[string][]byte, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("look for dashboards: %w", err)
	}
	dashboards := map[string][]byte{}
	for _, file := range files {
		if dashboards[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("read a dashboard: %w", err)
		}
	}
	return dashboards, nil
}
