// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"path"
	"strings"
)

// Sources are what the chart is made of.
type Sources struct {
	// Default is what config/default installs.
	Default []Object

	// Notifications is that with a receiver of notifications.
	Notifications []Object

	// Certified is config/default with a certificate for its metrics.
	Certified []Object

	// Namespaced is config/default for one namespace alone.
	Namespaced []Object

	// Monitoring is what Prometheus' operator reads.
	Monitoring []Object

	// Ingress is the example of an Ingress for notifications.
	Ingress Object

	// Rules are a PrometheusRule, or its spec. Nil if there are none.
	Rules Object

	// Dashboards are Grafana's, by the names of their files.
	Dashboards map[string][]byte
}

const (
	templatesFolder  = "templates/"
	dashboardsFolder = "dashboards/"
)

// files are what the chart has and kustomize has not.
//
//go:embed all:files
var files embed.FS

// chart is a chart that is being made.
type chart struct {
	sources     Sources
	deployed    deployed
	ingress     ingress
	certificate certificate
	// namespace is the operator's in the sources, and workNamespace the one it works in
	// where it does not work in all.
	namespace, workNamespace string
	// written are the files, by their paths.
	written map[string][]byte
}

// Convert returns the files of the chart, by their paths.
func Convert(sources Sources) (map[string][]byte, error) {
	c := &chart{sources: sources, written: map[string][]byte{}}
	if err := c.read(); err != nil {
		return nil, err
	}
	for _, write := range []func() error{c.writeObjects, c.writeIngress, c.writeAlerts, c.writeDashboards, c.writeValues, c.writeFiles} {
		if err := write(); err != nil {
			return nil, err
		}
	}
	if err := checkUsage(c.values(), c.written); err != nil {
		return nil, err
	}
	return c.written, nil
}

// read finds in the sources what the values have for defaults.
func (c *chart) read() error {
	var err error
	if c.deployed, err = readDeployed(c.sources.Default); err != nil {
		return fmt.Errorf("config/default: %w", err)
	}
	c.namespace = c.deployed.namespace
	if c.workNamespace, err = c.readWorkNamespace(); err != nil {
		return fmt.Errorf("config/namespaced: %w", err)
	}
	if c.ingress, err = readIngress(c.sources.Ingress); err != nil {
		return fmt.Errorf("the Ingress: %w", err)
	}
	if c.certificate, err = readCertificate(c.sources.Certified); err != nil {
		return fmt.Errorf("config/certmanager: %w", err)
	}
	return nil
}

// readWorkNamespace returns the namespace of what config/namespaced adds.
func (c *chart) readWorkNamespace() (string, error) {
	found := map[string]bool{}
	for _, object := range without(c.sources.Namespaced, c.sources.Default) {
		found[object.identity().namespace] = true
	}
	if len(found) != 1 || found[""] || found[c.namespace] {
		return "", fmt.Errorf("it adds objects in %d namespaces, where one beside the operator's was expected", len(found))
	}
	for namespace := range found {
		return namespace, nil
	}
	return "", errors.New("it adds nothing")
}

// write keeps a file, and fails if there is one of that name.
func (c *chart) write(file, text string) error {
	if _, ok := c.written[file]; ok {
		return fmt.Errorf("two objects would be written to %s", file)
	}
	c.written[file] = []byte(text)
	return nil
}

// writeTemplate writes an object, if conditions hold.
func (c *chart) writeTemplate(d *document, file string, object Object, conditions ...string) error {
	body, err := d.write(map[string]any(object))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	file = templatesFolder + file
	switch len(conditions) {
	case 0:
		return c.write(file, license+body)
	case 1:
		return c.write(file, license+"{{- if "+conditions[0]+" }}\n"+body+"{{- end }}\n")
	}
	return c.write(file, license+"{{- if and "+strings.Join(conditions, " ")+" }}\n"+body+"{{- end }}\n")
}

// writeFiles copies what the chart has and kustomize has not.
func (c *chart) writeFiles() error {
	table, err := valuesTable(c.values())
	if err != nil {
		return err
	}
	replacer := strings.NewReplacer("IMAGE_TAG", c.deployed.tag, "VALUES_TABLE\n", table, "MANAGER_NAME", c.deployed.name, "INGRESS_PATH", c.ingress.path)
	for _, folder := range []string{"", templatesFolder} {
		entries, err := files.ReadDir(path.Join("files", folder))
		if err != nil {
			return fmt.Errorf("read the files of the chart: %w", err)
		}
		for _, entry := range entries {
			if entry.IsDir() {
				continue
			}
			text, err := files.ReadFile(path.Join("files", folder, entry.Name()))
			if err != nil {
				return fmt.Errorf("read a file of the chart: %w", err)
			}
			if err := c.write(folder+entry.Name(), replacer.Replace(string(text))); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *chart) writeValues() error {
	values := c.values()
	text, err := valuesFile(values)
	if err != nil {
		return err
	}
	schema, err := valuesSchema(values)
	if err != nil {
		return err
	}
	maps.Copy(c.written, map[string][]byte{"values.yaml": []byte(text), "values.schema.json": []byte(schema)})
	return nil
}
