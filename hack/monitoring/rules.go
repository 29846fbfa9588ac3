// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

// Rules are the rules of a PrometheusRule, in the form of a rule file of Prometheus.
type Rules struct {
	Groups []Group `json:"groups"`
}

// Group is a group of alerts.
type Group struct {
	Name  string  `json:"name"`
	Rules []Alert `json:"rules"`
}

// Alert is an alerting rule.
type Alert struct {
	Name        string            `json:"alert"`
	Expression  string            `json:"expr"`
	For         string            `json:"for,omitempty"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// ReadRules reads a manifest of a PrometheusRule.
func ReadRules(path string) (Rules, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return Rules{}, fmt.Errorf("read the rules: %w", err)
	}
	var manifest struct {
		APIVersion string         `json:"apiVersion"`
		Kind       string         `json:"kind"`
		Metadata   map[string]any `json:"metadata"`
		Spec       Rules          `json:"spec"`
	}
	if err := yaml.UnmarshalStrict(content, &manifest); err != nil {
		return Rules{}, fmt.Errorf("read the rules: %w", err)
	}
	return manifest.Spec, nil
}

// Alerts returns the alerts of all groups.
func (r Rules) Alerts() []Alert {
	var alerts []Alert
	for _, group := range r.Groups {
		alerts = append(alerts, group.Rules...)
	}
	return alerts
}
