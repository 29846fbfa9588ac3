// SPDX-License-Identifier: Apache-2.0

// Package conversion makes a Helm chart of what kustomize builds.
//
// It is pure: it takes the objects of several kustomizations, and returns the files of the
// chart. An object that config gains becomes a template without a change here. What is
// written here is what a chart has beside: values, and what depends on them.
//
//	chart.go       the files of the chart, from the sources
//	layers.go      what one kustomization has that another has not
//	objects.go     under which values an object is there, and what is in each of them
//	deployment.go  what values change in the Deployment
//	ingress.go, monitoring.go
//	               what config has for people to edit, and what others read
//	object.go      what is read of an object, and replaced in it
//	document.go    YAML with the actions of a template
//	values.go      the values: their defaults, meanings and schemas
//	values_file.go, values_schema.go, values_table.go
//	               the files that say which values there are
//	usage.go       whether templates and values fit each other
//	files          what a chart has and kustomize has not
package conversion
