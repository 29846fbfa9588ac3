{{- /* A type: its description, its uses, its fields or values, and the rules between its fields. */ -}}
{{- define "type" -}}
{{- $type := .type -}}
{{- with .heading }}
{{ . }}
{{ end }}
{{ template "text" $type.Doc }}
{{- if not $type.GVK }}
{{- with $type.SortedReferences }}

Used in {{ range $i, $user := . }}{{ if $i }}, {{ end }}{{ markdownRenderTypeLink $user }}{{ end }}.
{{- end }}
{{- end }}
{{- if $type.Members }}

| Field | Meaning | Default | Bounds |
| --- | --- | --- | --- |
{{- if $type.GVK }}
| `apiVersion`<br>*string* | `{{ $type.GVK.Group }}/{{ $type.GVK.Version }}` | | required |
| `kind`<br>*string* | `{{ $type.GVK.Kind }}` | | required |
{{- end }}
{{- range $type.Members }}
{{- $anchor := printf "%s-%s" (lower $type.Name) (lower .Name) }}
| <a id="{{ $anchor }}"></a>`{{ .Name }}`<br>*{{ template "type_name" .Type }}* | {{ template "meaning" . }} | {{ template "default" . }} | {{ template "field_bounds" . }} |
{{- end }}
{{- end }}
{{- if $type.EnumValues }}

| Value | Meaning |
| --- | --- |
{{- range $type.EnumValues }}
| `{{ .Name }}` | {{ template "cell" (regexReplaceAll "^[A-Za-z0-9]+ " .Doc "" | trim) }} |
{{- end }}
{{- end }}
{{- with index $type.Markers "kubebuilder:validation:XValidation" }}
{{- if $type.Members }}

Rules:
{{ range . }}{{ with .Message }}
- {{ . }}
{{- end }}{{ end }}
{{- end }}
{{- end }}
{{- if and (not $type.Members) (not $type.EnumValues) }}

Bounds: {{ template "bounds" $type.Markers }}
{{- end }}
{{ end -}}
