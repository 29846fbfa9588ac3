{{- /* The whole file, with a part for each group and version. */ -}}
{{- define "gvList" -}}
<!-- Generated from api/v1alpha1 by make reference. Edit the comments of the types. -->
# API reference
{{ range . -}}
{{ template "gvDetails" . }}
{{- end }}
{{- end -}}
