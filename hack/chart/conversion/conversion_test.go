// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"bytes"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"
)

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: manager, namespace: system}
spec:
  replicas: 2
  template:
    spec:
      serviceAccountName: manager
      priorityClassName: manager
      topologySpreadConstraints: [{maxSkew: 1}]
      containers:
      - name: manager
        image: operator:dev
        imagePullPolicy: IfNotPresent
        args: [--poll-interval=2m, --watch-namespaces=]
        resources: {limits: {memory: 1Gi}}
`

func object(g *WithT, text string) Object {
	var decoded Object
	g.Expect(yaml.Unmarshal([]byte(text), &decoded)).To(Succeed())
	return decoded
}

// deployedWith returns a changed Deployment.
func deployedWith(g *WithT, change func(pod, manager map[string]any)) Object {
	changed := object(g, deployment)
	manager, err := managerOf(changed)
	g.Expect(err).NotTo(HaveOccurred())
	change(changed.section("spec", "template", "spec"), manager)
	return changed
}

// addArgument adds an argument, as a layer does.
func addArgument(argument string) func(_, manager map[string]any) {
	return func(_, manager map[string]any) {
		arguments, _ := manager["args"].([]any)
		manager["args"] = append(arguments, argument)
	}
}

// sourcesOf returns minimal sources with additional objects in config/default.
func sourcesOf(g *WithT, more ...string) Sources {
	common := []Object{
		object(g, "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: manager}, value: 7}"),
		object(g, "{apiVersion: v1, kind: ServiceAccount, metadata: {name: manager, namespace: system}}"),
		object(g, "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: manager, namespace: system}, spec: {ingress: [{}], egress: [{}]}}"),
		object(g, "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: things.example.com}}"),
		object(g, "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: policy}}"),
	}
	for _, text := range more {
		common = append(common, object(g, text))
	}
	role := object(g, "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: manager, namespace: work}}")
	certificate := object(g, "{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: metrics, namespace: system}, spec: {secretName: tls}}")
	with := func(deployment Object, more ...Object) []Object {
		return append(append([]Object{deployment}, common...), more...)
	}
	return Sources{
		Default:       with(object(g, deployment)),
		Notifications: with(deployedWith(g, addArgument("--notifications-bind-address=:8082"))),
		Namespaced:    with(deployedWith(g, addArgument("--watch-namespaces=work")), role),
		Certified:     with(deployedWith(g, addArgument("--metrics-cert-path=/tls")), certificate),
		Monitoring:    []Object{object(g, "{apiVersion: monitoring.coreos.com/v1, kind: ServiceMonitor, metadata: {name: manager, namespace: system}}")},
		Ingress: object(g, `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: notifications, namespace: system}, spec: {
			tls: [{hosts: [example.com], secretName: tls}], rules: [{host: example.com, http: {paths: [{path: /agora}]}}]}}`),
	}
}

func TestWhatConfigGainsBecomesATemplate(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	files, err := Convert(sourcesOf(g,
		"{apiVersion: example.com/v1, kind: Thing, metadata: {name: new, namespace: system}, spec: {owner: {kind: ServiceAccount, name: manager}}}",
		"{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: others.example.com}}"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(files["templates/thing-new.yaml"])).To(And(
		Not(ContainSubstring("{{- if")), ContainSubstring("namespace: {{ $.Release.Namespace | quote }}"),
		ContainSubstring("name: {{ $.Values.serviceAccount.name | quote }}"), ContainSubstring(`include "cloudrecording-operator.labels"`)))
	g.Expect(string(files["templates/customresourcedefinition-others-example-com.yaml"])).To(And(
		ContainSubstring("{{- if $.Values.crds.enabled }}"), ContainSubstring("helm.sh/resource-policy: keep")))
}

func TestWhatOneKustomizationAloneHasDependsOnAValue(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	sources := sourcesOf(g)
	role := object(g, "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: manager}}")
	for _, objects := range []*[]Object{&sources.Default, &sources.Notifications, &sources.Certified} {
		*objects = append(*objects, role)
	}
	sources.Notifications = append(sources.Notifications, object(g, "{apiVersion: v1, kind: Service, metadata: {name: receiver, namespace: system}}"))
	files, err := Convert(sources)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(files["templates/clusterrole-manager.yaml"])).To(ContainSubstring("{{- if (not $.Values.watchNamespaces) }}"))
	g.Expect(string(files["templates/role-manager.yaml"])).To(And(
		ContainSubstring("{{- range $namespace := $.Values.watchNamespaces }}\n---\n"), ContainSubstring("namespace: {{ $namespace | quote }}")))
	g.Expect(string(files["templates/service-receiver.yaml"])).To(ContainSubstring("{{- if $.Values.notifications.enabled }}"))
	g.Expect(string(files["templates/certificate-metrics.yaml"])).To(
		ContainSubstring("{{- if and $.Values.metricsCertificate.enabled $.Values.metricsCertificate.certManager }}"))
	g.Expect(string(files["templates/deployment-manager.yaml"])).To(ContainSubstring(
		"        {{- if $.Values.watchNamespaces }}\n        - --watch-namespaces={{ join \",\" $.Values.watchNamespaces }}\n        {{- end }}\n" +
			"        {{- if $.Values.notifications.enabled }}\n        - --notifications-bind-address=:8082\n        {{- end }}\n"))
}

func TestALayerCanAddFieldsAndItems(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	sources := sourcesOf(g)
	sources.Notifications[0] = deployedWith(g, func(pod, manager map[string]any) {
		manager["volumeMounts"] = []any{map[string]any{"name": "journal"}}
		pod["containers"] = []any{manager, map[string]any{"name": "another", "image": "{{ none }}"}}
	})
	files, err := Convert(sources)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(files["templates/deployment-manager.yaml"])).To(And(
		ContainSubstring("        {{- if $.Values.notifications.enabled }}\n        volumeMounts:\n        - name: journal\n        {{- end }}\n"),
		ContainSubstring("      {{- if $.Values.notifications.enabled }}\n      - image: '{{ \"{{\" }} none }}'\n        name: another\n      {{- end }}\n")))
}

func TestAFieldOfTwoLayersIsRefused(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	sources := sourcesOf(g)
	addVolumes := func(pod, _ map[string]any) { pod["volumes"] = []any{} }
	sources.Notifications[0], sources.Certified[0] = deployedWith(g, addVolumes), deployedWith(g, addVolumes)
	_, err := Convert(sources)
	g.Expect(err).To(MatchError(ContainSubstring("config/certmanager: two layers add Deployment.spec.template.spec.volumes")))
}

func TestWhatTheChartCannotHoldIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(pod, manager map[string]any)
		reason string
	}{
		"a field that is changed": {
			func(pod, _ map[string]any) { pod["serviceAccountName"] = "another" },
			"config/notifications: a layer changes Deployment.spec.template.spec.serviceAccountName",
		},
		"a field that is taken away": {
			func(_, manager map[string]any) { delete(manager, "imagePullPolicy") },
			"config/notifications: a layer takes Deployment.spec.template.spec.containers[0].imagePullPolicy away",
		},
		"an item that is taken away": {
			func(_, manager map[string]any) { manager["args"] = []any{} },
			"config/notifications: a layer changes Deployment.spec.template.spec.containers[0].args",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			sources := sourcesOf(g)
			sources.Notifications[0] = deployedWith(g, c.change)
			_, err := Convert(sources)
			g.Expect(err).To(MatchError(ContainSubstring(c.reason)))
		})
	}
}

func TestAlertsAndDashboardsHaveValuesOnlyWhereThereAreAny(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	sources := sourcesOf(g)
	files, err := Convert(sources)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(files["values.yaml"])).NotTo(Or(ContainSubstring("alerts:"), ContainSubstring("dashboard:")))

	group := `groups: [{name: recordings, rules: [{alert: Overdue, annotations: {summary: "{{ $value }} s"}}]}]`
	sources.Dashboards = map[string][]byte{"recordings.json": []byte(`{"legendFormat": "{{method}}"}`)}
	for name, rules := range map[string]string{
		"alone":    group,
		"complete": "{apiVersion: monitoring.coreos.com/v1, kind: PrometheusRule, metadata: {name: manager, namespace: system}, spec: {" + group + "}}",
	} {
		sources.Rules = object(g, rules)
		files, err = Convert(sources)
		g.Expect(err).NotTo(HaveOccurred(), name)
		g.Expect(string(files["templates/prometheusrule-manager.yaml"])).To(And(
			ContainSubstring("{{- if $.Values.alerts.enabled }}"), ContainSubstring(`summary: '{{ "{{" }} $value }} s'`)), name)
	}
	g.Expect(string(files["values.yaml"])).To(And(ContainSubstring("alerts:"), ContainSubstring("dashboard:")))
	g.Expect(files["dashboards/recordings.json"]).To(Equal(sources.Dashboards["recordings.json"]))
	g.Expect(string(files["templates/configmap-cloudrecording-dashboard-recordings.yaml"])).To(
		ContainSubstring(`  recordings.json: {{ $.Files.Get "dashboards/recordings.json" | toJson }}`))
}

func TestValuesAndUsesFit(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	templates := map[string][]byte{
		"templates/a.yaml": []byte(`{{ define "x" }}{{ with .Values.image.tag }}{{ . }}{{ end }}{{ end }}{{ if not $.Values.on }}{{ index ($.Values.map) "x" }}{{ end }}`),
		"README.md":        []byte(`{{ .Values.elsewhere }}`),
	}
	declared := []value{{path: "image.tag"}, {path: "on"}, {path: "map"}}
	g.Expect(checkUsage(declared, templates)).To(Succeed())
	g.Expect(checkUsage(append(declared, value{path: "image"}, value{path: "o"}), templates)).To(
		MatchError("no template uses the value o"), "one that is a part of another's name")
	g.Expect(checkUsage(declared[1:], templates)).To(MatchError("a template uses image.tag, which is no value"))
	g.Expect(checkUsage(nil, map[string][]byte{"templates/a.yaml": []byte("{{ if }}")})).To(MatchError(ContainSubstring("parse a template")))
}

func TestEveryValueIsDocumentedAndHasASchema(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	files, err := Convert(sourcesOf(g))
	g.Expect(err).NotTo(HaveOccurred())
	c := &chart{sources: sourcesOf(g)}
	g.Expect(c.read()).To(Succeed())
	for _, value := range c.values() {
		g.Expect(value.meaning).To(MatchRegexp(`^[A-Z].*\.$`), value.path)
		g.Expect(bytes.Contains(files["README.md"], []byte("| `"+value.path+"` | "))).To(BeTrue(), value.path)
	}
	var defaults map[string]any
	g.Expect(yaml.Unmarshal(files["values.yaml"], &defaults)).To(Succeed())
	for _, value := range c.values() {
		g.Expect(lookUp(defaults, value.path)).To(BeEquivalentTo(value.byDefault), value.path)
	}
}

func lookUp(tree map[string]any, path string) any {
	section, field, isNested := strings.Cut(path, ".")
	if !isNested {
		return tree[path]
	}
	nested, _ := tree[section].(map[string]any)
	return lookUp(nested, field)
}
