// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"errors"
	"fmt"
	"strings"
)

// deployed are the defaults of values that config/default determines.
type deployed struct {
	name, namespace, account    string
	repository, tag, pullPolicy string
	replicas, priority          int64
	priorityClass               string
	resources                   any
	spread                      any
	// flags are the names of the manager's flags.
	flags []string
}

// readDeployed reads the defaults from config/default.
func readDeployed(objects []Object) (deployed, error) {
	deployment, err := only(objects, "Deployment")
	if err != nil {
		return deployed{}, err
	}
	class, err := only(objects, "PriorityClass")
	if err != nil {
		return deployed{}, err
	}
	manager, err := managerOf(deployment)
	if err != nil {
		return deployed{}, err
	}
	pod := deployment.section("spec", "template", "spec")
	read := deployed{
		name: deployment.name(), namespace: deployment.identity().namespace, account: text(pod["serviceAccountName"]),
		pullPolicy: text(manager["imagePullPolicy"]), priorityClass: text(pod["priorityClassName"]),
		resources: manager["resources"], spread: pod["topologySpreadConstraints"],
	}
	var isTagged bool
	read.repository, read.tag, isTagged = strings.Cut(text(manager["image"]), ":")
	replicas, hasReplicas := deployment.section("spec")["replicas"].(float64)
	priority, hasPriority := class["value"].(float64)
	read.replicas, read.priority = int64(replicas), int64(priority)
	if !isTagged || !hasReplicas || !hasPriority || read.namespace == "" || read.account == "" || read.resources == nil || read.spread == nil {
		return deployed{}, errors.New("the Deployment lacks what a value has for its default")
	}
	read.flags, err = flagNames(manager)
	return read, err
}

// managerOf returns the first container of the Deployment.
func managerOf(deployment Object) (map[string]any, error) {
	manager, ok := first(deployment.section("spec", "template", "spec")["containers"])
	if !ok {
		return nil, errors.New("the Deployment has no container")
	}
	return manager, nil
}

func flagNames(manager map[string]any) ([]string, error) {
	arguments, _ := manager["args"].([]any)
	if len(arguments) == 0 {
		return nil, errors.New("the manager has no flags")
	}
	var names []string
	for _, argument := range arguments {
		name, _, _ := strings.Cut(strings.TrimPrefix(text(argument), "--"), "=")
		names = append(names, name)
	}
	return names, nil
}

// convertDeployment adds the parts that other installations have, and those that depend on
// values.
func (c *chart) convertDeployment(d *document, deployment Object) error {
	if err := c.mergeLayers(d, deployment); err != nil {
		return err
	}
	manager, err := managerOf(deployment)
	if err != nil {
		return err
	}
	c.convertManager(d, manager)
	c.convertPod(d, deployment.section("spec", "template"))
	deployment.section("spec")["replicas"] = d.expression("$.Values.replicas | int64")
	return nil
}

// mergeLayers adds the parts that the Deployment of other installations has.
func (c *chart) mergeLayers(d *document, deployment Object) error {
	base, err := only(c.sources.Default, "Deployment")
	if err != nil {
		return err
	}
	for _, layer := range []struct {
		folder    string
		objects   []Object
		condition string
	}{
		{"config/namespaced", c.sources.Namespaced, onNamespaces},
		{"config/notifications", c.sources.Notifications, onNotifications},
		{"config/certmanager", c.sources.Certified, onCertificate},
	} {
		layered, err := only(layer.objects, "Deployment")
		if err != nil {
			return fmt.Errorf("%s: %w", layer.folder, err)
		}
		layered = layered.copy()
		replaceStrings(map[string]any(layered), map[string]string{
			"--watch-namespaces=" + c.workNamespace: "--watch-namespaces=" + d.expression(`join "," $.Values.watchNamespaces`),
		})
		if _, err := d.merge(map[string]any(deployment), map[string]any(base), map[string]any(layered), layer.condition, "Deployment"); err != nil {
			return fmt.Errorf("%s: %w", layer.folder, err)
		}
	}
	return nil
}

func (c *chart) convertManager(d *document, manager map[string]any) {
	manager["image"] = d.expression(`include "cloudrecording-operator.image" $`)
	manager["imagePullPolicy"] = d.expression("$.Values.image.pullPolicy")
	d.set(manager, "resources", "$.Values.resources")
	arguments, _ := manager["args"].([]any)
	// If a flag is repeated, the last one counts.
	manager["args"] = d.appendLines(arguments,
		"{{- range $name, $value := $.Values.flags }}", `- {{ printf "--%s=%v" $name $value | quote }}`, "{{- end }}")
	environment, _ := manager["env"].([]any)
	manager["env"] = d.appendItems(environment, "$.Values.env")
}

func (c *chart) convertPod(d *document, template map[string]any) {
	pod := Object(template).section("spec")
	pod["serviceAccountName"] = d.expression("$.Values.serviceAccount.name | quote")
	d.setOptionalText(pod, "priorityClassName", "$.Values.priorityClass.name")
	for field, value := range map[string]string{
		"affinity": "$.Values.affinity", "imagePullSecrets": "$.Values.imagePullSecrets", "nodeSelector": "$.Values.nodeSelector",
		"tolerations": "$.Values.tolerations", "topologySpreadConstraints": "$.Values.topologySpreadConstraints",
	} {
		d.setOptional(pod, field, value)
	}
	d.addEntries(Object(template).section("metadata", "annotations"), "$.Values.podAnnotations")
	d.addEntries(Object(template).section("metadata", "labels"), "$.Values.labels")
}
