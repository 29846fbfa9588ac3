{{- /* Texts, and the cells of a field. Angle brackets are not tags. */ -}}
{{- define "text" -}}
{{ regexReplaceAll "([^\n])\n([^\n])" . "${1} ${2}" | replace "<" "&lt;" }}
{{- end -}}

{{- define "cell" -}}
{{ . | replace "<" "&lt;" | replace "\n\n" "<br>" | replace "\n" " " | replace "|" "\\|" }}
{{- end -}}

{{- define "meaning" -}}
{{- if eq .Name "metadata" -}}
metadata are the name, the namespace, labels and annotations, as every object has them.
{{- else -}}
{{ template "cell" .Doc }}
{{- end -}}
{{- end -}}

{{- /* A type of Kubernetes is named after the form of its values in YAML. */ -}}
{{- define "type_name" -}}
{{- $words := dict "Time" "time" "MicroTime" "time" "Duration" "duration" "UID" "string" -}}
{{- if not (hasPrefix "k8s.io/" .Package) -}}
{{ markdownRenderType . }}
{{- else -}}
{{ get $words .Name | default .Name }}{{ if eq (toJson .Kind) "\"SLICE\"" }} array{{ end }}
{{- end -}}
{{- end -}}

{{- /* If the API server sets no default, the comment may name one. A status has no default. */ -}}
{{- define "default" -}}
{{- $said := regexFind "[A-Za-z]+, (which is )?the default" (.Doc | replace "\n" " ") -}}
{{- if eq .Name "status" -}}
{{- else if $said -}}
`{{ regexReplaceAll ",.*" $said "" }}`
{{- else }}
{{- with index .Markers "kubebuilder:default" }}
{{- $value := (last .).Value -}}
`{{ if kindIs "string" $value }}{{ $value }}{{ else }}{{ toJson $value }}{{ end }}`
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* The accepted values. A structure passes its markers on to its fields, and lists them in its own section. */ -}}
{{- define "field_bounds" -}}
{{- if or (not .Type.Members) (hasPrefix "k8s.io/" .Type.Package) (eq (toJson .Type.Kind) "\"SLICE\"") -}}
{{- template "bounds" .Markers -}}
{{- else if index .Markers "required" -}}
required
{{- end -}}
{{- end -}}

{{- define "bounds" -}}
{{- $bounds := list -}}
{{- $number := dict -}}
{{- range $name, $values := . }}{{ $_ := set $number (trimPrefix "kubebuilder:validation:" $name) (toJson (last $values)) }}{{ end -}}
{{- if hasKey $number "required" }}{{ $bounds = append $bounds "required" }}{{ end -}}
{{- with index . "kubebuilder:validation:Enum" -}}
{{- $values := list }}{{ range last . }}{{ $values = append $values (printf "`%v`" .) }}{{ end -}}
{{- $bounds = append $bounds (join ", " $values) -}}
{{- end -}}
{{- range list (list "Minimum" "Maximum" "") (list "MinLength" "MaxLength" " characters") (list "MinItems" "MaxItems" " entries")
  (list "MinProperties" "MaxProperties" " entries") (list "items:MinLength" "items:MaxLength" " characters each") -}}
{{- $low := get $number (index . 0) }}{{ $high := get $number (index . 1) }}{{ $unit := index . 2 -}}
{{- if eq $high "1" }}{{ $unit = $unit | replace "entries" "entry" | replace "characters" "character" }}{{ end -}}
{{- if and $low $high -}}
{{- $bounds = append $bounds (printf "%s%s" (ternary $low (printf "%s to %s" $low $high) (eq $low $high)) $unit) -}}
{{- else if $low -}}
{{- $bounds = append $bounds (printf "at least %s%s" $low $unit) -}}
{{- else if $high -}}
{{- $bounds = append $bounds (printf "at most %s%s" $high $unit) -}}
{{- end -}}
{{- end -}}
{{- range index . "kubebuilder:validation:XValidation" }}{{ with .Message }}{{ $bounds = append $bounds . }}{{ end }}{{ end -}}
{{- template "cell" (join "\n\n" $bounds) -}}
{{- end -}}
