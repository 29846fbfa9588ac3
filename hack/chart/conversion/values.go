// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"slices"
	"strings"
)

// value is one value of the chart.
type value struct {
	// path is its name, preceded by the names of its sections.
	path string
	// meaning describes it in whole sentences.
	meaning string
	// byDefault is its default.
	byDefault any
	// schema is the part of its JSON Schema besides type, description and default.
	schema map[string]any
}

// Patterns and enumerations of values.
var (
	name       = map[string]any{"pattern": `^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$`, "maxLength": 253}
	namespace  = map[string]any{"type": "string", "pattern": `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`, "maxLength": 63}
	objectList = map[string]any{"items": map[string]any{"type": "object"}}
	texts      = map[string]any{"additionalProperties": map[string]any{"type": "string"}}
)

// reservedLabels excludes the labels that the chart sets itself.
var reservedLabels = map[string]any{
	"additionalProperties": map[string]any{"type": "string"},
	"propertyNames": map[string]any{"not": map[string]any{
		"pattern": `^(app\.kubernetes\.io/(name|component|instance|version|managed-by)|helm\.sh/chart)$`,
	}},
}

// anyMap is an empty map as the default of a value.
func anyMap() map[string]any { return map[string]any{} }

// anyList is an empty list as the default of a value.
func anyList() []any { return []any{} }

// values returns the values of the chart in the order of the documentation.
func (c *chart) values() []value {
	return slices.Concat(c.imageValues(), c.operatorValues(), c.podValues(), c.accessValues(), c.notificationValues(), c.monitoringValues(), c.installationValues())
}

func (c *chart) imageValues() []value {
	return []value{
		{"image.repository", "The image of the operator, without a tag.", c.deployed.repository, map[string]any{"minLength": 1}},
		{"image.tag", "The tag of the image. If empty, it is the chart's appVersion.", "", nil},
		{"image.digest", "The digest of the image, such as `sha256:...`. If set, the tag is ignored.", "", map[string]any{"pattern": `^(sha256:[0-9a-f]{64})?$`}},
		{"image.pullPolicy", "When nodes pull the image.", c.deployed.pullPolicy, map[string]any{"enum": []any{"Always", "IfNotPresent", "Never"}}},
		{"imagePullSecrets", "The Secrets with which nodes pull the image, such as `[{name: registry}]`.", anyList(), objectList},
	}
}

func (c *chart) operatorValues() []value {
	return []value{
		{"replicas", "How many pods of the operator run. One of them leads, and the others can take over.", c.deployed.replicas, map[string]any{"minimum": 0}},
		{"flags", "Flags of the operator without `--`, such as `poll-interval: 1m`. `config/README.md` in the operator's repository explains each flag." +
			" You cannot set these flags here, because the chart sets them: " + c.ownFlagsText() + ".", anyMap(), c.flagsSchema()},
		{"env", "Environment variables of the operator, such as `[{name: HTTPS_PROXY, value: \"http://proxy:3128\"}]`.", anyList(), objectList},
		{"watchNamespaces", "The namespaces that the operator works in. They must exist. It has a Role in each of them, and cannot read or change anything in other namespaces. If empty, it works in all namespaces.",
			anyList(), map[string]any{"items": namespace, "uniqueItems": true}},
		{"resources", "What the operator's container requests, and its limits. The operator limits Go's memory to stay below the memory limit. Set no CPU limit: a throttled leader would renew its lease late.",
			c.deployed.resources, nil},
	}
}

func (c *chart) podValues() []value {
	return []value{
		{"priorityClass.create", "Whether to create the PriorityClass. If not, it must exist already.", true, nil},
		{"priorityClass.name", "The PriorityClass of the pods. If it exists already, such as `system-cluster-critical`, set `create` to false. An empty name means no PriorityClass.", c.deployed.priorityClass, name},
		{"priorityClass.value", "The priority of the PriorityClass that the chart creates.", c.deployed.priority, map[string]any{"maximum": 1000000000}},
		{"nodeSelector", "The labels of the nodes that pods may run on.", anyMap(), texts},
		{"tolerations", "The taints of nodes that pods tolerate.", anyList(), objectList},
		{"affinity", "The affinity of the pods.", anyMap(), nil},
		{"topologySpreadConstraints", "How the pods spread over nodes and zones.", c.deployed.spread, objectList},
		{"podAnnotations", "Annotations of the pods.", anyMap(), texts},
		{"labels", "Labels of all objects and of the pods, besides those that the chart sets.", anyMap(), reservedLabels},
	}
}

func (c *chart) accessValues() []value {
	return []value{
		{"serviceAccount.create", "Whether to create the operator's ServiceAccount. If not, it must exist in the release's namespace already.", true, nil},
		{"serviceAccount.name", "The ServiceAccount of the operator. The chart gives it the operator's rights.", c.deployed.account, map[string]any{"pattern": name["pattern"], "minLength": 1, "maxLength": name["maxLength"]}},
		{"serviceAccount.annotations", "Annotations of the ServiceAccount.", anyMap(), texts},
		{"networkPolicies.enabled", "Whether NetworkPolicies restrict the operator's connections: out to DNS (53), the API server (443 or 6443), Agora and buckets (443); in from namespaces with the label `cloudrecording.dev/may-scrape: \"true\"`, for metrics, or `cloudrecording.dev/may-notify: \"true\"`, for notifications.", true, nil},
		{"networkPolicies.extraIngress", "More rules for incoming connections, as in a NetworkPolicy.", anyList(), objectList},
		{"networkPolicies.extraEgress", "More rules for outgoing connections, such as to a proxy, or to an API server or a storage service with another port.", anyList(), objectList},
	}
}

func (c *chart) notificationValues() []value {
	return []value{
		{"notifications.enabled", "Whether the operator receives Agora's notifications. The Service speaks plain HTTP inside the cluster: an Ingress that serves HTTPS must be in front of it.", false, nil},
		{"notifications.ingress.enabled", "Whether to create that Ingress. The URL to enter in the Agora Console is then `https://HOST" + c.ingress.path + "`. The namespace of the Ingress controller needs the label `cloudrecording.dev/may-notify: \"true\"`.", false, nil},
		{"notifications.ingress.host", "The host name that Agora sends notifications to.", "", nil},
		{"notifications.ingress.className", "The IngressClass. If empty, it is the cluster's default.", "", nil},
		{"notifications.ingress.tlsSecretName", "The Secret with the certificate of the host. If empty, something in front of the Ingress must serve TLS.", c.ingress.secret, nil},
		{"notifications.ingress.annotations", "Annotations of the Ingress, such as `cert-manager.io/cluster-issuer`.", anyMap(), texts},
	}
}

func (c *chart) monitoringValues() []value {
	values := []value{
		{"metricsCertificate.enabled", "Whether the metrics endpoint uses the certificate in the Secret `" + c.certificate.secret + "`, which clients can verify. The Secret has `tls.crt`, `tls.key` and `ca.crt`. If false, the operator makes its own certificate at every start.", false, nil},
		{"metricsCertificate.certManager", "Whether cert-manager creates that Secret.", true, nil},
		{"serviceMonitor.enabled", "Whether to create a ServiceMonitor for the Prometheus operator. It needs `metricsCertificate.enabled`. Prometheus' ServiceAccount needs the ClusterRole `cloudrecording-metrics-reader`.", false, nil},
		{"serviceMonitor.labels", "Labels of the ServiceMonitor. Prometheus selects it by them.", anyMap(), reservedLabels},
	}
	if c.hasAlerts() {
		values = append(values,
			value{"alerts.enabled", "Whether to create a PrometheusRule with the operator's alerts.", false, nil},
			value{"alerts.labels", "Labels of the PrometheusRule. Prometheus selects it by them.", anyMap(), reservedLabels})
	}
	if len(c.sources.Dashboards) > 0 {
		values = append(values,
			value{"dashboard.enabled", "Whether to create a ConfigMap with the Grafana dashboard.", false, nil},
			value{"dashboard.labels", "Labels of that ConfigMap. Grafana's sidecar finds it by them.", map[string]any{"grafana_dashboard": "1"}, reservedLabels})
	}
	return values
}

func (c *chart) installationValues() []value {
	return []value{
		{"crds.enabled", "Whether to install the CustomResourceDefinitions, and to upgrade them with the chart. They stay when the release is uninstalled, because removing them would delete all recordings.", true, nil},
		{"policies.enabled", "Whether to install the ValidatingAdmissionPolicies. They prevent the operator from changing more than it needs. If not, install them in another way.", true, nil},
		{"removalCheck.enabled", "Whether `helm uninstall` fails while there are recordings that nothing would stop without the operator.", true, nil},
		{"extraObjects", "More objects of the release. They may contain templates.", anyList(), objectList},
	}
}

// ownFlags are the flags that other values set, or on which objects of the chart depend.
func ownFlags() []string {
	return []string{
		"health-probe-bind-address", "leader-election-namespace", "metrics-bind-address", "metrics-cert-path",
		"notifications-bind-address", "notifications-namespace", "watch-namespaces",
	}
}

// logFlags are the flags for logging. The Deployment does not mention them.
func logFlags() []string {
	return []string{"zap-devel", "zap-encoder", "zap-log-level", "zap-stacktrace-level", "zap-time-encoding"}
}

func (c *chart) ownFlagsText() string {
	return "`" + strings.Join(ownFlags(), "`, `") + "`"
}

// flagsSchema makes Helm refuse unknown flags.
func (c *chart) flagsSchema() map[string]any {
	flags := map[string]any{}
	for _, flag := range slices.Concat(c.deployed.flags, logFlags()) {
		if !slices.Contains(ownFlags(), flag) {
			flags[flag] = map[string]any{"type": []any{"string", "number", "boolean"}}
		}
	}
	return map[string]any{"properties": flags, "additionalProperties": false}
}
