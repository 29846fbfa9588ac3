{{- /* The whole file, of which every group and version is a part. */ -}}
{{- define "gvList" -}}
<!-- Generated from api/v1alpha1 by make reference. Edit the comments of the types. -->
# API reference
{{ range . -}}
{{ template "gvDetails" . }}
{{- end }}
{{- end -}}
