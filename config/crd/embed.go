// SPDX-License-Identifier: Apache-2.0

// Package crd holds the definition of CloudRecordings as it is installed.
package crd

import _ "embed"

// CloudRecordings is the CustomResourceDefinition, as YAML.
//
//go:embed bases/cloudrecording.dev_cloudrecordings.yaml
var CloudRecordings []byte
