{{- /* A group and version: its kinds, each with its spec and its status, and the types of their fields. */ -}}
{{- define "gvDetails" -}}
{{- $gv := . -}}
{{- $shown := list }}
`apiVersion: {{ $gv.GroupVersionString }}`
{{ range $gv.SortedKinds }}
- {{ $gv.TypeForKind . | markdownRenderTypeLink }}: [spec](#{{ lower . }}spec), [status](#{{ lower . }}status)
{{- end }}

What is not required can be left out. A *time* is written such as `2030-12-02T09:00:00Z`, and a *duration* such as `1h30m`. The bounds of a field, and the rules below a type, are what the API server says where an object breaks them. `kubectl explain cloudrecording.spec` shows the fields too, for the version that a cluster has.
{{ range $gv.SortedKinds }}
{{- $kind := . }}
## {{ $kind }}
{{ template "type" (dict "type" ($gv.TypeForKind $kind) "heading" "") }}
{{- range list "Spec" "Status" }}
{{- $name := printf "%s%s" $kind . }}
{{- $shown = append $shown $name }}
{{- template "type" (dict "type" (index $gv.Types $name) "heading" (printf "### %s" $name)) }}
{{- end }}
{{- $shown = append $shown $kind }}
{{- end }}
## Types of fields
{{ range $gv.SortedTypes }}
{{- if and (markdownShouldRenderType .) (not (has .Name $shown)) }}
{{- template "type" (dict "type" . "heading" (printf "### %s" .Name)) }}
{{- end }}
{{- end }}
{{- end -}}
