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

// Sources are the inputs of the chart.
type Sources struct {
	// Default are the objects of config/default.
	Default []Object

	// Notifications are those objects with a receiver of notifications.
	Notifications []Object

	// Certified are the objects of config/default with a certificate for the metrics endpoint.
	Certified []Object

	// Namespaced are the objects of config/default for a single namespace.
	Namespaced []Object

	// Monitoring are the objects for the Prometheus operator.
	Monitoring []Object

	// Ingress is the example Ingress for notifications.
	Ingress Object

	// Rules are a PrometheusRule, or its spec. It is nil if there are none.
	Rules Object

	// Dashboards are Grafana dashboards by file name.
	Dashboards map[string][]byte
}

const (
	templatesFolder  = "templates/"
	dashboardsFolder = "dashboards/"
)

// files are the parts of the chart that do not come from kustomize.
//
//go:embed all:files
var files embed.FS

// chart is a chart that is being written.
type chart struct {
	sources     Sources
	deployed    deployed
	ingress     ingress
	certificate certificate
	// namespace is the operator's namespace in the sources. workNamespace is the namespace that
	// it works in if it does not work in all.
	namespace, workNamespace string
	// written are the files by path.
	written map[string][]byte
}

// Convert returns the files of the chart by path.
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

// read reads the defaults of the values from the sources.
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

// readWorkNamespace returns the namespace of the objects that config/namespaced adds.
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

// write stores a file. It fails if a file of that name exists.
func (c *chart) write(file, text string) error {
	if _, ok := c.written[file]; ok {
		return fmt.Errorf("two objects would be written to %s", file)
	}
	c.written[file] = []byte(text)
	return nil
}

// writeTemplate writes an object that is rendered if all conditions hold.
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

// writeFiles copies the parts of the chart that do not come from kustomize.
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
