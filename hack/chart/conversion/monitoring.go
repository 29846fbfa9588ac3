// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// certificate are the defaults of values from the certificate of the metrics endpoint.
type certificate struct{ secret string }

func readCertificate(objects []Object) (certificate, error) {
	object, err := only(objects, "Certificate")
	if err != nil {
		return certificate{}, err
	}
	return certificate{secret: text(object.section("spec")["secretName"])}, nil
}

// requireCertificate refuses a ServiceMonitor that would trust a certificate that nobody
// serves.
func (c *chart) requireCertificate(d *document, monitor Object) {
	d.setLines(monitor, beforeFields, "{{- if not "+onCertificate+" }}",
		`{{- fail "serviceMonitor.enabled needs metricsCertificate.enabled: Prometheus verifies the certificate of the metrics endpoint" }}`, "{{- end }}")
}

// hasAlerts reports whether there are alerts in any of the sources.
func (c *chart) hasAlerts() bool {
	return c.sources.Rules != nil || slices.ContainsFunc(c.sources.Monitoring, isRule)
}

func isRule(object Object) bool { return object.kind() == "PrometheusRule" }

// writeAlerts writes the rules unless a kustomization contains them.
func (c *chart) writeAlerts() error {
	if c.sources.Rules == nil || slices.ContainsFunc(c.sources.Monitoring, isRule) {
		return nil
	}
	rule := c.sources.Rules.copy()
	if rule.kind() == "" {
		rule = Object{
			"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule",
			"metadata": map[string]any{
				"name": c.deployed.name, "namespace": c.namespace, "labels": c.labelsOf("metrics"),
			},
			"spec": map[string]any(rule),
		}
	}
	return c.writeObject(rule)
}

// labelsOf returns the labels that config gives to a component of the operator.
func (c *chart) labelsOf(component string) map[string]any {
	return map[string]any{"app.kubernetes.io/name": "cloudrecording-operator", "app.kubernetes.io/component": component}
}

// writeDashboards writes ConfigMaps with the Grafana dashboards. Helm does not evaluate the
// dashboards' own templates.
func (c *chart) writeDashboards() error {
	for _, file := range slices.Sorted(maps.Keys(c.sources.Dashboards)) {
		if err := c.writeDashboard(file); err != nil {
			return err
		}
	}
	return nil
}

func (c *chart) writeDashboard(file string) error {
	if err := c.write(dashboardsFolder+file, string(c.sources.Dashboards[file])); err != nil {
		return err
	}
	d := &document{}
	name := "cloudrecording-dashboard-" + strings.TrimSuffix(path.Base(file), path.Ext(file))
	object, err := c.convert(d, Object{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": name, "namespace": c.namespace, "labels": c.labelsOf("dashboard")},
	})
	if err != nil {
		return err
	}
	d.setLines(object, "data", "data:", "  "+file+": {{ $.Files.Get \""+dashboardsFolder+file+"\" | toJson }}")
	return c.writeTemplate(d, "configmap-"+name+".yaml", object, "$.Values.dashboard.enabled")
}
