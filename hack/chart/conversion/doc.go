// SPDX-License-Identifier: Apache-2.0

// Package conversion makes a Helm chart from the output of kustomize.
//
// It is pure: it takes the objects of several kustomizations, and returns the files of the
// chart. A new object in config becomes a template without a change here. This package contains
// only what a chart has in addition: values, and everything that depends on them.
//
//	chart.go       the files of the chart, from the sources
//	layers.go      what one kustomization adds to another
//	objects.go     the conditions of each object, and the values in it
//	deployment.go  the values in the Deployment
//	ingress.go, monitoring.go
//	               objects that users edit, and objects for other operators
//	object.go      reading and replacing fields of an object
//	document.go    YAML with the actions of a template
//	values.go      the values: their defaults, meanings and schemas
//	values_file.go, values_schema.go, values_table.go
//	               the files that document the values
//	usage.go       whether templates and values match
//	files          the parts of a chart that do not come from kustomize
package conversion
