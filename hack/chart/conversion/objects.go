// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
)

// conditionOf returns the value on which objects of a kind depend. It is empty if there is
// none.
func conditionOf(kind string) string {
	switch kind {
	case "CustomResourceDefinition":
		return "$.Values.crds.enabled"
	case "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding":
		return "$.Values.policies.enabled"
	case "NetworkPolicy":
		return "$.Values.networkPolicies.enabled"
	case "PriorityClass":
		return "$.Values.priorityClass.create"
	case "ServiceAccount":
		return "$.Values.serviceAccount.create"
	case "Issuer", "Certificate":
		return "$.Values.metricsCertificate.certManager"
	case "ServiceMonitor":
		return "$.Values.serviceMonitor.enabled"
	case "PrometheusRule":
		return "$.Values.alerts.enabled"
	}
	return ""
}

const (
	onNotifications = "$.Values.notifications.enabled"
	onCertificate   = "$.Values.metricsCertificate.enabled"
	onNamespaces    = "$.Values.watchNamespaces"
	onAllNamespaces = "(not $.Values.watchNamespaces)"
)

// writeObjects writes the objects from kustomize.
func (c *chart) writeObjects() error {
	s := c.sources
	everywhere := map[identity]bool{}
	for _, object := range without(s.Default, s.Namespaced) {
		everywhere[object.identity()] = true
	}
	for _, object := range s.Default {
		if everywhere[object.identity()] {
			if err := c.writeObject(object, onAllNamespaces); err != nil {
				return err
			}
			continue
		}
		if err := c.writeObject(object); err != nil {
			return err
		}
	}
	for _, added := range []struct {
		objects   []Object
		condition []string
	}{
		{without(s.Notifications, s.Default), []string{onNotifications}},
		{without(s.Certified, s.Default), []string{onCertificate}},
		{s.Monitoring, nil},
	} {
		for _, object := range added.objects {
			if err := c.writeObject(object, added.condition...); err != nil {
				return err
			}
		}
	}
	return c.writeForNamespaces(without(s.Namespaced, s.Default))
}

func (c *chart) writeObject(object Object, conditions ...string) error {
	// A release does not create its own namespace.
	if object.kind() == "Namespace" {
		return nil
	}
	d := &document{}
	converted, err := c.convert(d, object)
	if err != nil {
		return fmt.Errorf("%s %s: %w", object.kind(), object.name(), err)
	}
	if condition := conditionOf(object.kind()); condition != "" {
		conditions = append(conditions, condition)
	}
	return c.writeTemplate(d, object.fileName(), converted, conditions...)
}

// writeForNamespaces writes objects once for each namespace that the operator works in.
func (c *chart) writeForNamespaces(objects []Object) error {
	for _, object := range objects {
		d := &document{}
		converted, err := c.convert(d, object)
		if err != nil {
			return fmt.Errorf("%s %s: %w", object.kind(), object.name(), err)
		}
		replaceStrings(map[string]any(converted), map[string]string{c.workNamespace: d.expression("$namespace | quote")})
		body, err := d.write(map[string]any(converted))
		if err != nil {
			return fmt.Errorf("%s %s: %w", object.kind(), object.name(), err)
		}
		body = license + "{{- range $namespace := $.Values.watchNamespaces }}\n---\n" + body + "{{- end }}\n"
		if err := c.write(templatesFolder+object.fileName(), body); err != nil {
			return err
		}
	}
	return nil
}

// convert returns an object with everything that depends on the release and on values.
func (c *chart) convert(d *document, object Object) (Object, error) {
	converted := object.copy()
	replaceStrings(map[string]any(converted), map[string]string{c.namespace: d.expression("$.Release.Namespace | quote")})
	c.replaceAccount(d, map[string]any(converted))
	var err error
	switch object.kind() {
	case "CustomResourceDefinition":
		converted.section("metadata", "annotations")["helm.sh/resource-policy"] = "keep"
	case "Deployment":
		err = c.convertDeployment(d, converted)
	case "NetworkPolicy":
		c.extendNetworkPolicy(d, converted)
	case "PriorityClass":
		converted.section("metadata")["name"] = d.expression("$.Values.priorityClass.name | quote")
		converted["value"] = d.expression("$.Values.priorityClass.value | int64")
	case "ServiceAccount":
		d.setOptional(converted.section("metadata"), "annotations", "$.Values.serviceAccount.annotations")
	case "ServiceMonitor":
		c.requireCertificate(d, converted)
	}
	d.addLabels(converted)
	return converted, err
}

// ownLabels returns the value with additional labels for objects of a kind. It is empty if
// there is none.
func ownLabels(kind string) string {
	return map[string]string{
		"ServiceMonitor": "$.Values.serviceMonitor.labels", "PrometheusRule": "$.Values.alerts.labels", "ConfigMap": "$.Values.dashboard.labels",
	}[kind]
}

// addLabels adds the labels of the release and of the values. The labels for one kind take
// precedence over those for all.
func (d *document) addLabels(object Object) {
	of := "$"
	if own := ownLabels(object.kind()); own != "" {
		of = `(dict "Release" $.Release "Chart" $.Chart "Values" (dict "labels" (merge (dict) ` + own + ` $.Values.labels)))`
	}
	d.setLines(object.section("metadata", "labels"), afterFields, `{{- include "cloudrecording-operator.labels" `+of+` | nindent %d }}`)
}

// replaceAccount replaces the name of the operator's ServiceAccount wherever it refers to that
// object.
func (c *chart) replaceAccount(d *document, tree any) {
	switch value := tree.(type) {
	case map[string]any:
		if value["kind"] == "ServiceAccount" {
			section := value
			if metadata, ok := value["metadata"].(map[string]any); ok {
				section = metadata
			}
			if section["name"] == c.deployed.account {
				section["name"] = d.expression("$.Values.serviceAccount.name | quote")
			}
		}
		for _, child := range value {
			c.replaceAccount(d, child)
		}
	case []any:
		for _, child := range value {
			c.replaceAccount(d, child)
		}
	}
}

// extendNetworkPolicy adds rules to the policy for the operator's own connections. The other
// policies are each for a single port.
func (c *chart) extendNetworkPolicy(d *document, policy Object) {
	spec := policy.section("spec")
	for field, value := range map[string]string{"ingress": "$.Values.networkPolicies.extraIngress", "egress": "$.Values.networkPolicies.extraEgress"} {
		if rules, ok := spec[field].([]any); ok && policy.name() == c.deployed.name {
			spec[field] = d.appendItems(rules, value)
		}
	}
}
