// SPDX-License-Identifier: Apache-2.0

// Package crd holds the definitions of the API as they are installed.
package crd

import _ "embed"

// CloudRecordings is the CustomResourceDefinition of recordings, as YAML.
//
//go:embed bases/cloudrecording.dev_cloudrecordings.yaml
var CloudRecordings []byte

// CloudRecordingProfiles is that of profiles.
//
//go:embed bases/cloudrecording.dev_cloudrecordingprofiles.yaml
var CloudRecordingProfiles []byte

// CloudRecordingSchedules is that of schedules.
//
//go:embed bases/cloudrecording.dev_cloudrecordingschedules.yaml
var CloudRecordingSchedules []byte
